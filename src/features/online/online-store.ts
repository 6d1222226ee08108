import type { FeatureView } from "../../definitions/language/deployment.js";
import type { ViewRow } from "../view-rows.js";

export type OnlineState = "OK" | "DEGRADED" | "DOWN";

/**
 * The values served right now. PostgreSQL's online tables are the truth, written with the event-time guard in
 * the transaction of `materialize`; another backend is filled from them after it committed.
 */
export interface OnlineStore {
  /**
   * One round trip however many views; one list of view rows per user, in the users' order.
   * @param views whose rows are read, in this order, all about the entity whose keys are asked for; absent: all there are
   */
  read(keys: readonly string[], views?: readonly FeatureView[]): Promise<(ViewRow | null)[][]>;
  /** Brings the backend up to the online tables, users withdrawn included. Safe to repeat and to interrupt. */
  fill(signal?: AbortSignal): Promise<void>;
  /** The same for these users alone, after values of theirs were pushed. */
  refresh(keys: readonly string[]): Promise<void>;
  /** Nothing of these users is kept beside the online tables any more, nor their keys. */
  forget(keys: readonly string[]): Promise<void>;
  /** DEGRADED: answers are whole, but not from where they should come. */
  state(): Promise<OnlineState>;
  /** What is kept beside the online tables: pushes are queued for it, and parity compares it. Null: nothing is. */
  readonly copy: OnlineCopy | null;
}

/** A copy of the online tables as it is: for comparisons, and to be kept whole. */
export interface OnlineCopy {
  readonly name: string;
  /** Fills again what the copy has lost, or never got; nothing where it is whole or being filled. Called every few seconds. */
  repair(): Promise<void>;
  /** Per user the JSON list of event time and values, as PostgreSQL prints them; null where there is none. */
  rows(view: FeatureView, keys: readonly string[]): Promise<(string | null)[]>;
  /** All users with a row of the view, in batches; may repeat one. */
  users(view: FeatureView): AsyncIterable<string[]>;
}
