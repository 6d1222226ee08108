import type { Pool } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { OnlineStore } from "./online-store.js";

/** What a store is opened with. */
export interface OnlineStoreParts {
  /** Of one of the record's schemes; what it may hold as a password must not reach a log. */
  readonly url: string;
  readonly definitions: Deployment;
  /** For what the store writes and compares: fills, refreshes, the state. */
  readonly pool: Pool;
  /** PostgreSQL's online tables, which every other store is a copy of. */
  readonly truth: OnlineStore;
  /** Gets what closes its connections. */
  readonly closing: (() => unknown)[];
}

/** Where online values are read from: one record a store. */
export interface OnlineStoreKind {
  readonly name: string;
  /** For docs/online-store.md. */
  readonly description: string;
  /** Of its URLs, without `://`. PostgreSQL has none: it is what is read where no URL is given. */
  readonly schemes: readonly string[];
  /**
   * Begins with the store empty or away as well: reads are then answered by the truth.
   * @throws {Error} the URL cannot be used, whatever the store's health
   */
  open(parts: OnlineStoreParts): Promise<OnlineStore>;
  /**
   * For `asof doctor`: where it is, and that it answers.
   * @throws {Error} it does not answer; the message begins with where it was looked for
   */
  check(url: string): Promise<string>;
  /** What to do where it does not answer. */
  readonly remedy: string;
}
