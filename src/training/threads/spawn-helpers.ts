import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { spawnWorker } from "../../threads/spawn-worker.js";
import type { Place } from "./part.js";
import { newControl, type TeamInput } from "./team.js";

export interface HelperInput {
  control: Int32Array;
  port: MessagePort;
  place: Place;
  /** Takes its records from the deployment module: the learner is not one that asof comes with. */
  fromOutside: boolean;
}

/** The ports have to be transferred to the thread that leads. */
export interface Helpers extends TeamInput {
  workers: Worker[];
}

/** Starts the threads 1..threads-1 of a team; the caller watches over them and ends them. */
export function spawnHelpers(threads: number, fromOutside = false): Helpers {
  const control = newControl();
  const workers: Worker[] = [];
  const ports: MessagePort[] = [];
  for (let thread = 1; thread < threads; thread++) {
    const { port1, port2 } = new MessageChannel();
    const place = { thread, threads };
    const workerData: HelperInput = { control, port: port2, place, fromOutside };
    const name = `asof-train-${thread}`;
    workers.push(spawnWorker("training/threads/helper.worker", { workerData, transferList: [port2], name }));
    ports.push(port1);
  }
  return { workers, control, ports };
}
