import type { ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import type { Servability } from "../registry/servability.js";

/** What is wrong, and what helps. */
export interface Problem {
  subject: string;
  message: string;
  remedy: string | null;
}

/**
 * What clients of the models will meet before anybody has asked: versions they reach (Production's, and those with an
 * alias) that cannot be served, and models whose Production was left empty.
 * @param staging also versions in Staging: they are not served, but could not be promoted
 */
export async function modelProblems(
  models: ModelStore,
  servability: (version: ModelVersion) => Promise<Servability>,
  { staging = false } = {},
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { names, ...version } of await models.reachable()) {
    if (!staging && names.every((name) => name === "STAGING")) continue;
    const found = await servability(version);
    if (found.servable) continue;
    problems.push({
      subject: subjectOf(version.model, names[0]!),
      message: `version ${version.version} (${names.join(", ")}) cannot be served: ${found.problem}`,
      remedy: found.remedy,
    });
  }
  for (const { model, version, at } of await models.history.emptied()) {
    problems.push({
      subject: subjectOf(model, "PRODUCTION"),
      message: `nothing is in Production since ${at.toISOString()}, when version ${version} left it`,
      remedy: "rollback restores it, or promote a version",
    });
  }
  return problems;
}

/** Named as the model cache names a failed load, so that each is logged once. */
function subjectOf(model: string, name: string): string {
  if (name === "PRODUCTION") return `Production of ${model}`;
  if (name === "STAGING") return `Staging of ${model}`;
  return `${name === "alias shadow" ? "shadow" : name} of ${model}`;
}
