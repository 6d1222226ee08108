import type { ListenNews, ListenRequest } from "../../db/relayed-notifications.js";
import type { EndedRun, PoolUse } from "../../jobs/operations.js";
import type { Config } from "../config.js";

/** What the thread is started with. */
export interface ThreadSetup {
  /** With the address of the database that is open by now. */
  config: Config & { databaseUrl: string };
  /** Of what the process serves: the thread must serve the same. */
  definitionsSha256: string;
}

/** From the engine's thread to the process that it runs for. */
export type FromEngine =
  | { kind: "ready" }
  /** It cannot start: its last message. */
  | { kind: "failed"; message: string }
  /** Lines of its log, as they are to be written. */
  | { kind: "log"; lines: string }
  | { kind: "ended"; run: EndedRun }
  | { kind: "connections"; use: PoolUse }
  /** Asks to be answered by `refreshed` with the same id. */
  | { kind: "refresh"; id: number; model: string }
  | ListenRequest;

export type ToEngine =
  /** To a thread that was started without: the first message. */
  { kind: "setup"; setup: ThreadSetup } | { kind: "stop" } | { kind: "refreshed"; id: number } | ListenNews;
