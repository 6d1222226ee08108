import { Registry } from "../../values/registry.js";
import type { AlertEvent } from "./alert-event.js";
import { canaryEnded } from "./canary-ended.js";
import { drift } from "./drift.js";
import { promoted, rolledBack } from "./moves.js";
import { quarantineShare } from "./quarantine-share.js";
import { runFailed } from "./run-failed.js";
import { productionUnservable, viewStale } from "./states.js";

export const builtInAlertEvents = [
  runFailed,
  drift,
  quarantineShare,
  promoted,
  rolledBack,
  canaryEnded,
  viewStale,
  productionUnservable,
] as const satisfies readonly AlertEvent[];

/** What rules can ask to be told of. */
export const alertEvents = new Registry<AlertEvent>("alert event", builtInAlertEvents);
