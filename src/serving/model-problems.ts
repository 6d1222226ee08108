import type { ModelVersion } from "../registry/model.js";
import type { ModelStore } from "../registry/model-store.js";
import type { Servability } from "../registry/servability.js";

/** What is wrong, and what helps. */
export interface Problem {
  subject: string;
  message: string;
  remedy: string | null;
}

/** A model whose Production cannot answer, or was left empty. */
export interface EmptyOrUnservable extends Omit<Problem, "subject"> {
  model: string;
  version: number;
}

type Servable = (version: ModelVersion) => Promise<Servability>;

/**
 * What clients of the models will meet before anybody has asked: versions they reach (Production's, and those with an
 * alias) that cannot be served, and models whose Production was left empty.
 * @param staging also versions in Staging: they are not served, but could not be promoted
 */
export async function modelProblems(
  models: ModelStore,
  servability: Servable,
  { staging = false } = {},
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { names, model, message, remedy } of await unservable(models, servability)) {
    if (!staging && names.every((name) => name === "STAGING")) continue;
    problems.push({ subject: subjectOf(model, names[0]!), message, remedy });
  }
  for (const { model, message, remedy } of await empty(models))
    problems.push({ subject: subjectOf(model, "PRODUCTION"), message, remedy });
  return problems;
}

/** Of these only what is wrong with Production. */
export async function productionProblems(
  models: ModelStore,
  servability: Servable,
): Promise<EmptyOrUnservable[]> {
  const reached = await unservable(models, servability, (names) => names.includes("PRODUCTION"));
  return [...reached.map(({ names: _, ...problem }) => problem), ...(await empty(models))];
}

async function unservable(
  models: ModelStore,
  servability: Servable,
  concerns: (names: readonly string[]) => boolean = () => true,
): Promise<(EmptyOrUnservable & { names: string[] })[]> {
  const problems: (EmptyOrUnservable & { names: string[] })[] = [];
  for (const { names, ...judged } of await models.reachable()) {
    if (!concerns(names)) continue;
    const found = await servability(judged);
    if (found.servable) continue;
    const { model, version } = judged;
    const message = `version ${version} (${names.join(", ")}) cannot be served: ${found.problem}`;
    problems.push({ names, model, version, message, remedy: found.remedy });
  }
  return problems;
}

const empty = async (models: ModelStore): Promise<EmptyOrUnservable[]> =>
  (await models.history.emptied()).map(({ model, version, at }) => ({
    ...{ model, version },
    message: `nothing is in Production since ${at.toISOString()}, when version ${version} left it`,
    remedy: "rollback restores it, or promote a version",
  }));

/** Named as the model cache names a failed load, so that each is logged once. */
function subjectOf(model: string, name: string): string {
  if (name === "PRODUCTION") return `Production of ${model}`;
  if (name === "STAGING") return `Staging of ${model}`;
  return `${name === "alias shadow" ? "shadow" : name} of ${model}`;
}
