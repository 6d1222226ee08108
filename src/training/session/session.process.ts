/** The other side of train-in-session.ts: a training in a process, and so in a session, of its own. */
import { BadUserInputError } from "../../errors/errors.js";
import { TrainingThreadLostError } from "../../errors/training-thread-lost.js";
import { beDeafToSignals } from "../../threads/deaf-to-signals.js";
import { takeRecords } from "../../threads/deployment-module.js";
import { lowerPriority } from "../../threads/lower-priority.js";
import { offerItself } from "../../threads/offer-itself.js";
import { learners } from "../learners/registry.js";
import { trainInWorker } from "../train.js";
import { fromJoinedKeys, type JoinedKeys } from "../worker-messages.js";
import type { FromSession, ToSession } from "./messages.js";
import { emptyArrays, joinTable, memoryOf } from "./parted-table.js";

const say = (message: FromSession, then?: () => void) =>
  process.send!(message, undefined, undefined, () => then?.());
const end = () => process.exit();

let asked: Extract<ToSession, { kind: "table" }> | null = null;
let numbers: ReturnType<typeof emptyArrays> = [];

async function train(): Promise<FromSession> {
  const { options, table, fromOutside } = asked!;
  try {
    if (fromOutside) await takeRecords(learners, "learners");
    const data = fromJoinedKeys(joinTable(table.rest, numbers) as JoinedKeys);
    asked = null;
    const result = await trainInWorker(data, options, {
      onProgress: (progress) => void say({ kind: "progress", progress }),
    });
    return { kind: "result", result };
  } catch (error) {
    if (error instanceof BadUserInputError)
      return { kind: "refused", message: error.message, details: error.details };
    if (error instanceof TrainingThreadLostError) {
      const { thread, threads, reason } = error;
      return { kind: "lost", thread, threads, reason };
    }
    if (!(error instanceof Error)) return { kind: "failed", error: { message: String(error) } };
    const { name, message, stack, code } = error as NodeJS.ErrnoException;
    return { kind: "failed", error: { name, message, stack, code } };
  }
}

offerItself();
beDeafToSignals();
lowerPriority();
// Whoever asked has ended, killed say.
process.on("disconnect", end);
process.on("message", (message: ToSession) => {
  switch (message.kind) {
    case "table":
      asked = message;
      numbers = emptyArrays(message.table);
      return;
    case "piece":
      memoryOf(numbers[message.array]!).set(message.bytes, message.at);
      return;
    case "train":
      void train().then((said) => say(said, end));
  }
});
