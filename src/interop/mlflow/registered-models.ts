import { z } from "zod";
import { AliasNotFoundError } from "../../errors/alias-not-found.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import type { ListedModel } from "../../registry/search/model-search.js";
import type { Services } from "../../services/services.js";
import { REGISTERED_MODEL_SEARCH } from "./filter/terms.js";
import { invalid } from "./mlflow-error.js";
import { modelAnswers, stageOf, versionAnswers } from "./model-version.codec.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { listOf, plainSearchShape, searchRequest } from "./search.js";
import { byKey, idText, keyValue, mlflowKey, mlflowText, optional } from "./shapes.js";

export const modelName = mlflowText(256).refine(
  (text) => text.trim() !== "" && !/[/:]/.test(text),
  "a name without / and : was expected",
);
const byName = z.object({ name: modelName });
/** Aliases that MLflow's own addresses have a meaning for. */
const aliasName = z
  .string()
  .regex(/^[\w-]{1,255}$/, "1 to 255 letters, digits, _ and - were expected")
  .refine((alias) => !/^(latest|v\d+)$/i.test(alias), "latest and v<number> are no aliases");
const versionNumber = idText.transform((text) => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(`version: a number was expected; got ${JSON.stringify(text.slice(0, 60))}`);
});
export const ofVersion = z.object({ name: modelName, version: versionNumber });
export const namedModel = ({ name }: { name: string }): [string] => [name];
const MAX_TAGS = 100;

export const registeredModelResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/registered-models/create",
      rule: "operator",
      models: namedModel,
      shape: byName.extend({
        description: optional(mlflowText(5_000)),
        tags: optional(z.array(keyValue).max(MAX_TAGS)),
      }),
      answer: async (services, { name, description, tags = [] }, { actor }) => {
        const note = { description: description || null, tags: byKey(tags) };
        await services.keptModels.create(name, note, actor);
        return answerOf(services, name);
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/registered-models/get",
      rule: "viewer",
      models: namedModel,
      shape: byName,
      answer: (services, { name }) => answerOf(services, name),
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/registered-models/search",
      rule: "viewer",
      shape: plainSearchShape,
      answer: async (services, given) => {
        const request = searchRequest(
          { ...given, max_results: given.max_results ?? 100 },
          REGISTERED_MODEL_SEARCH,
        );
        const { found, next } = await services.modelSearch.models(request);
        return {
          registered_models: await modelAnswers(services, found),
          ...(next ? { next_page_token: next } : {}),
        };
      },
    }),
    mlflowRoute({
      method: "PATCH",
      path: "/mlflow/registered-models/update",
      rule: "operator",
      models: namedModel,
      shape: byName.extend({ description: optional(mlflowText(5_000)) }),
      answer: async (services, { name, description }, { actor }) => {
        await requireModel(services, name);
        await services.catalogue.annotate({ model: name, description: description || null }, actor);
        return answerOf(services, name);
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/registered-models/delete",
      rule: "admin",
      models: namedModel,
      shape: byName,
      answer: async ({ keptModels }, { name }, { actor }) => {
        await keptModels.delete(name, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/registered-models/rename",
      rule: "operator",
      models: ({ name, new_name }) => [name, new_name],
      shape: byName.extend({ new_name: modelName }),
      answer: async (services, { name, new_name }, { actor }) => {
        await services.keptModels.rename(name, new_name, actor);
        return answerOf(services, new_name);
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/registered-models/set-tag",
      rule: "operator",
      models: namedModel,
      shape: byName.extend(keyValue.shape),
      answer: async (services, { name, key, value }, { actor }) => {
        await requireModel(services, name);
        await services.catalogue.annotate({ model: name, tags: byKey([{ key, value }]) }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/registered-models/delete-tag",
      rule: "operator",
      models: namedModel,
      shape: byName.extend({ key: mlflowKey }),
      answer: async (services, { name, key }, { actor }) => {
        await requireModel(services, name);
        await services.catalogue.annotate({ model: name, tags: byKey([{ key, value: null }]) }, actor);
        return {};
      },
    }),
    ...(["GET", "POST"] as const).map((method) =>
      mlflowRoute({
        method,
        path: "/mlflow/registered-models/get-latest-versions",
        rule: "viewer",
        models: namedModel,
        shape: byName.extend({ stages: listOf(z.string(), 10) }),
        answer: async (services, { name, stages }) => {
          await requireModel(services, name);
          const asked = stages.length > 0 ? stages.map(stageOf) : null;
          const [found] = await services.modelSearch.latest([name], asked);
          return { model_versions: await versionAnswers(services, found!) };
        },
      }),
    ),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/registered-models/alias",
      rule: "viewer",
      models: namedModel,
      shape: byName.extend({ alias: mlflowText(500) }),
      answer: async (services, { name, alias }) => {
        await requireModel(services, name);
        const [found] = await services.catalogue.findByAliases([{ model: name, alias }]);
        if (!found) throw new AliasNotFoundError(name, alias);
        return { model_version: (await versionAnswers(services, [found]))[0] };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/registered-models/alias",
      rule: "operator",
      models: namedModel,
      shape: ofVersion.extend({ alias: aliasName }),
      answer: async ({ catalogue }, { name, version, alias }, { actor }) => {
        await catalogue.setAlias(name, alias, version, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/registered-models/alias",
      rule: "operator",
      models: namedModel,
      shape: byName.extend({ alias: mlflowText(500) }),
      answer: async ({ catalogue }, { name, alias }, { actor }) => {
        await catalogue.removeAlias(name, alias, actor);
        return {};
      },
    }),
  ],
};

/** @throws {ModelNotFoundError} */
export async function requireModel(
  { modelSearch }: Pick<Services, "modelSearch">,
  name: string,
): Promise<ListedModel> {
  const found = await modelSearch.find(name);
  if (found) return found;
  throw new ModelNotFoundError(name);
}

const answerOf = async (services: Services, name: string) => ({
  registered_model: (await modelAnswers(services, [await requireModel(services, name)]))[0],
});
