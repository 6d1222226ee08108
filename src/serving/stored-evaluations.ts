import type { Queryable } from "../db/pool.js";
import { ArtifactStore, type NewArtifact } from "../registry/artifact-store.js";
import type { ModelVersion } from "../registry/model.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import { taskOf } from "../training/tasks/registry.js";
import type { ReportFile } from "../training/types.js";

/** Versions whose files are held at once: about 60 kB each. */
const TOGETHER = 50;

/** In the artifacts of runs made elsewhere: no client's artifact is in a folder, so what is there was measured here. */
const JUDGED_HERE = "evaluation/";

/** How a registered model did on the rows held out, as artifacts of its run. */
export const judgedHere = (reports: readonly ReportFile[]): NewArtifact[] =>
  reports.map(({ name, json }) => ({
    name: JUDGED_HERE + name,
    mediaType: "application/json",
    bytes: Buffer.from(json),
  }));

/**
 * From the reports that were kept when each version was judged; nothing is scored again. Null where none were kept: models
 * registered before 0.2.
 */
export async function readEvaluations(
  db: Queryable,
  versions: readonly ModelVersion[],
): Promise<(ModelEvaluation | null)[]> {
  const evaluations: (ModelEvaluation | null)[] = [];
  for (let from = 0; from < versions.length; from += TOGETHER) {
    const some = versions.slice(from, from + TOGETHER);
    const names = new Map(some.map((version) => [version.runId, [...filesOf(version).values()]]));
    const files = await new ArtifactStore(db).readNamed(names);
    evaluations.push(...some.map((version) => evaluationOf(version, files.get(version.runId)!)));
  }
  return evaluations;
}

/** What each file that the task reads is called among the run's artifacts. */
function filesOf({ algorithm, signature }: ModelVersion): Map<string, string> {
  const folder = algorithm === "EXTERNAL" ? JUDGED_HERE : "";
  return new Map(taskOf(signature).evaluationFiles.map((name) => [name, folder + name]));
}

function evaluationOf(version: ModelVersion, files: ReadonlyMap<string, Buffer>): ModelEvaluation | null {
  const contents = new Map<string, unknown>();
  for (const [name, called] of filesOf(version)) {
    const bytes = files.get(called);
    if (bytes) contents.set(name, JSON.parse(bytes.toString("utf8")));
  }
  return taskOf(version.signature).storedEvaluation(contents);
}
