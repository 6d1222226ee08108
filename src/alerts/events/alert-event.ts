import type { z } from "zod";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { StaleView } from "../../features/freshness-watch.js";
import type { Stage } from "../../registry/model.js";
import type { EmptyOrUnservable } from "../../serving/model-problems.js";
import type { CanaryOutcome } from "../../values/canary.js";

/** What is told of something: it names runs, columns, models and dates, never a value of a row, a message or a parameter. */
export interface Told {
  /** What it is about, the same as long as it lasts: `run 6f…`, `Production of churn`. */
  readonly subject: string;
  /** In one sentence, without its full stop. */
  readonly summary: string;
  /** For programs; docs/alerts.md names the fields. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The page of the console that shows more. */
  readonly page: string;
}

/** A run that has ended. */
export interface RunEnd {
  /** Of the event that says so. */
  readonly id: string;
  readonly runId: string;
  readonly at: Date;
  readonly kind: string;
  readonly status: "SUCCEEDED" | "FAILED";
  /** Its result, or its error. */
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly params: Readonly<Record<string, unknown>>;
  /** What an ingest kept out. */
  readonly quarantined: unknown;
  readonly parentRunId: string | null;
}

/** A version that went from one stage to another. */
export interface StageMove {
  readonly id: string;
  readonly at: Date;
  readonly model: string;
  readonly version: number;
  readonly from: Stage;
  readonly to: Stage;
  readonly actor: string;
  readonly forced: boolean;
  /** Whether it had been in that stage before. */
  readonly returns: boolean;
}

/** A canary that has ended. */
export interface CanaryEnd {
  readonly id: string;
  readonly at: Date;
  readonly model: string;
  /** The challenger, and what was in Production. */
  readonly version: number;
  readonly champion: number;
  readonly share: number;
  readonly outcome: CanaryOutcome;
  readonly actor: string;
  /** Null where somebody ended it by hand: what people write may name a person. */
  readonly reason: string | null;
}

/** What may last: each is worked out when an event asks for it, and once a look. */
export interface LastingState {
  stale(): Promise<readonly StaleView[]>;
  /** Models whose Production cannot answer. */
  unservable(): Promise<readonly EmptyOrUnservable[]>;
}

/** When an event happens: at the end of a run or of a canary, when a version moves, or as long as a state lasts. */
type Occurrence<Options> =
  | { readonly of: "run"; read(run: RunEnd, options: Options, definitions: Deployment): Told | null }
  | { readonly of: "move"; read(move: StageMove, options: Options): Told | null }
  | { readonly of: "canary"; read(end: CanaryEnd, options: Options): Told | null }
  | { readonly of: "state"; read(state: LastingState, options: Options): Promise<Told[]> };

/** What rules can ask to be told of: one record an event. */
export interface AlertEvent<Options = unknown> {
  /** In capitals, of rules, messages and the API; one from outside has an underscore. */
  readonly name: string;
  /** A sentence, for the API and docs/alerts.md. */
  readonly description: string;
  /** Each option with its default, and with what it means as its description. */
  readonly options: z.ZodType<Options>;
  readonly when: Occurrence<Options>;
}

/** Checks one record while its type is inferred. */
export const defineAlertEvent = <Options>(event: AlertEvent<Options>): AlertEvent<Options> => event;

/** Whether an option that names some means this one; absent: all. */
export const isAmong = (names: readonly string[] | undefined, name: string): boolean =>
  names === undefined || names.includes(name);

export const inPercent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
