import { parentPort, workerData } from "node:worker_threads";
import { BadUserInputError } from "../errors/errors.js";
import { takeRecords } from "../threads/deployment-module.js";
import { reportLoaded } from "../threads/loaded.js";
import { lowerPriority } from "../threads/lower-priority.js";
import { learners } from "./learners/registry.js";
import { train } from "./pipeline.js";
import { teamOf } from "./threads/team.js";
import { fromJoinedKeys, type WorkerInput, type WorkerMessage } from "./worker-messages.js";

const post = (message: WorkerMessage) => parentPort!.postMessage(message);

const { data: sent, options, team, fromOutside } = workerData as WorkerInput;
const data = fromJoinedKeys(sent);
// Before it may be ended: its module is one of those that are loaded.
if (fromOutside) await takeRecords(learners, "learners");
reportLoaded();
lowerPriority();
try {
  const result = train(data, options, (progress) => post({ kind: "progress", progress }), teamOf(team));
  post({ kind: "result", result });
  // Open ports would keep this thread alive.
  for (const port of team.ports) port.close();
} catch (error) {
  // A class does not survive structured cloning; anything but the user's mistake is a crash.
  if (!(error instanceof BadUserInputError)) throw error;
  post({ kind: "refused", message: error.message, details: error.details });
}
