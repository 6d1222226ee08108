import type { Queryable } from "../db/pool.js";
import { ArtifactStore, type NewArtifact } from "../registry/artifact-store.js";
import { MEASURED } from "../registry/files/file-owner.js";
import type { ModelVersion } from "../registry/model.js";
import { SHAP_SUMMARY, withShap } from "../training/explain/shap-summary.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import { taskOf } from "../training/tasks/registry.js";
import type { ReportFile } from "../training/types.js";

/** Versions whose files are held at once: about 60 kB each. */
const TOGETHER = 50;

/** How a registered model did on the rows held out, as artifacts of its run. */
export const judgedHere = (reports: readonly ReportFile[]): NewArtifact[] =>
  reports.map(({ name, json }) => ({
    name: MEASURED + name,
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
    const names = new Map(some.map((version) => [version.judgedBy, [...filesOf(version).values()]]));
    const files = await new ArtifactStore(db).readNamed(names);
    evaluations.push(...some.map((version) => evaluationOf(version, files.get(version.judgedBy)!)));
  }
  return evaluations;
}

/** What each file that the task reads is called among the run's artifacts. */
function filesOf({ algorithm, signature }: ModelVersion): Map<string, string> {
  const folder = algorithm === "EXTERNAL" ? MEASURED : "";
  return new Map([...taskOf(signature).evaluationFiles, SHAP_SUMMARY].map((name) => [name, folder + name]));
}

function evaluationOf(version: ModelVersion, files: ReadonlyMap<string, Buffer>): ModelEvaluation | null {
  const contents = new Map<string, unknown>();
  for (const [name, called] of filesOf(version)) {
    const bytes = files.get(called);
    if (bytes) contents.set(name, JSON.parse(bytes.toString("utf8")));
  }
  const evaluation = taskOf(version.signature).storedEvaluation(contents);
  if (!evaluation) return null;
  return { ...evaluation, importances: withShap(evaluation.importances, contents.get(SHAP_SUMMARY)) };
}
