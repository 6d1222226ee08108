import { BadUserInputError, ModelNotFoundError, NoProductionModelError } from "../../errors/errors.js";
import { parseName } from "../../inputs/arguments.js";
import { type ModelVersion, requireJudged } from "../../registry/model.js";
import type { Services } from "../../services/services.js";

/** A model as an address names it, and one of its versions: a number, or `@` and an alias; absent: Production. */
export interface AskedModel {
  readonly model: string;
  readonly version?: string;
}

const MOST = 2 ** 31 - 1;

/**
 * @throws {ModelNotFoundError} no such model, version or alias
 * @throws {NoProductionModelError} no version is named and none is in Production
 * @throws {VersionNotJudgedError} it is not judged yet, was refused, or is only kept
 */
export async function findAsked(
  { models, catalogue, predictor }: Pick<Services, "models" | "catalogue" | "predictor">,
  asked: AskedModel,
): Promise<ModelVersion> {
  const model = parseName(asked.model, "model");
  const { version } = asked;
  if (version?.startsWith("@"))
    return catalogue.requireByAlias(model, parseName(version.slice(1), "version"));
  if (version === undefined) {
    const serving = predictor.production(model);
    if (serving) return serving;
    const [versions = []] = await models.servingVersions([model]);
    const production = versions.find(({ stage }) => stage === "PRODUCTION");
    if (production) return production;
    const [registered] = await models.findModels([model]);
    throw registered ? new NoProductionModelError(model) : new ModelNotFoundError(model);
  }
  if (!/^\d{1,10}$/.test(version))
    throw new BadUserInputError(
      `version: a number such as 3, or an alias such as @champion was expected; got ${JSON.stringify(version.slice(0, 60))}`,
      { argument: "version" },
    );
  const number = Number(version);
  const found = number <= MOST ? await models.findVersion(model, number) : null;
  if (found) return requireJudged(found);
  const [registered] = await models.findModels([model]);
  throw new ModelNotFoundError(model, registered ? number : undefined);
}
