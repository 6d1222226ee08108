import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { LRUCache } from "lru-cache";
import { takeRecords } from "../threads/deployment-module.js";
import { reportLoaded } from "../threads/loaded.js";
import type { ModelExplainer } from "../training/learner.js";
import { learners } from "../training/learners/registry.js";
import type { ExplainAnswer, ExplainQuestion } from "./explain-thread.js";
import type { ModelExplanation } from "./isolated/messages.js";

/** A forest's trees take about twice the memory of its file. */
const MODELS_KEPT = 8;
/** Of each explanation that is under way, before the others go on: a small model's does not wait for a forest's. */
const TURN_MS = 5;

const known = new LRUCache<string, { explainer: ModelExplainer | null }>({ max: MODELS_KEPT });
const port = parentPort!;

if ((workerData as { fromOutside: boolean }).fromOutside) await takeRecords(learners, "learners");
port.on("message", (question: ExplainQuestion) => void answer(question));
reportLoaded();

async function answer({ id, sha256, learner, row, onnx }: ExplainQuestion): Promise<void> {
  const post = (given: Omit<ExplainAnswer, "id">) => port.postMessage({ id, ...given });
  try {
    if (onnx && !known.has(sha256))
      known.set(sha256, { explainer: learners.get(learner).explainer?.(onnx) ?? null });
    const model = known.get(sha256);
    if (!model) return post({ kind: "unknown" });
    const explanation = model.explainer && (await explained(model.explainer, row as never));
    post({ kind: "explained", explanation } as ExplainAnswer);
  } catch (error) {
    post({ kind: "failed", message: (error as Error).message } as ExplainAnswer);
  }
}

async function explained(
  explainer: ModelExplainer,
  row: Parameters<ModelExplainer["explain"]>[0],
): Promise<ModelExplanation> {
  const { margin } = explainer;
  const slices = explainer.slices?.(row);
  if (!slices) return { ...explainer.explain(row), margin };
  for (;;) {
    const end = performance.now() + TURN_MS;
    do {
      const { done, value } = slices.next();
      if (done) return { ...value, margin };
    } while (performance.now() < end);
    await nextTurn();
  }
}
