import { parentPort, workerData } from "node:worker_threads";
import { BadUserInputError } from "../errors/errors.js";
import { train } from "./pipeline.js";
import { fromWorkerInput, type WorkerInput, type WorkerMessage } from "./worker-messages.js";

const post = (message: WorkerMessage) => parentPort!.postMessage(message);

try {
  const { data, options } = fromWorkerInput(workerData as WorkerInput);
  post({ kind: "result", result: train(data, options, (progress) => post({ kind: "progress", progress })) });
} catch (error) {
  // A class does not survive structured cloning; anything but the user's mistake is a crash.
  if (!(error instanceof BadUserInputError)) throw error;
  post({ kind: "refused", message: error.message, details: error.details });
}
