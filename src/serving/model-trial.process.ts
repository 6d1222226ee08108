/** The other side of model-trial.ts: loads the one model it is sent, runs it on the rows, says what came of it and ends. */
import { writeFileSync } from "node:fs";
import type { TrialRequest, TrialVerdict } from "./model-trial.js";
import { ServedModel } from "./served-model.js";

/** Where memory runs out, this is the process to end rather than the service that started it. */
function offerItself(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Not Linux, or not allowed to.
  }
}

async function verdictOn({ onnx, signature, rows }: TrialRequest): Promise<TrialVerdict> {
  let model: ServedModel;
  try {
    model = await ServedModel.open({ signature }, onnx);
  } catch (error) {
    return { problem: `onnxruntime cannot load it: ${(error as Error).message.slice(0, 500)}` };
  }
  try {
    await model.scoreMany(rows);
  } catch (error) {
    const message = (error as Error).message.slice(0, 500);
    return { problem: `onnxruntime cannot run it on ${rows.length} rows: ${message}` };
  }
  return { problem: null };
}

offerItself();
process.once("message", (request: TrialRequest) => {
  void verdictOn(request).then((verdict) => process.send!(verdict, () => process.disconnect()));
});
