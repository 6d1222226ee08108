import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { knownParts } from "./known-parts.js";
import type { Part, Place } from "./part.js";
import { Action, type BeginMessage, Control, waitWhile } from "./team.js";

/** A helper's life: takes part in every task until its thread is ended. An error ends it, too. */
export function help(control: Int32Array, port: MessagePort, place: Place): never {
  const make = knownParts();
  const parts = new Map<number, Part>();
  for (let generation = 0; ; generation++) {
    waitWhile(control, Control.generation, generation);
    const action = control[Control.action];
    const work = control[Control.work]!;
    if (action === Action.begin) {
      // Posted before the generation changed, so it is there.
      const { kind, input } = receiveMessageOnPort(port)!.message as BeginMessage;
      parts.set(work, make(kind, input, place));
    } else if (action === Action.run) parts.get(work)!.run(control[Control.task]!);
    else if (action === Action.end) parts.delete(work);
    Atomics.add(control, Control.finished, 1);
    Atomics.notify(control, Control.finished);
  }
}
