import { z } from "zod";
import { requireRole } from "../../auth/rules.js";
import { findService } from "../../definitions/language/deployment.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { isKeptOnly, type VersionEntry } from "../../registry/model.js";
import type { Services } from "../../services/services.js";
import { versionRoot } from "./artifact-place.js";
import { MODEL_VERSION_SEARCH } from "./filter/terms.js";
import { modelsOfSource, resolveSource } from "./model-source.js";
import { stageOf, versionAnswers } from "./model-version.codec.js";
import { registerServed } from "./register-served.js";
import { modelName, namedModel, ofVersion, requireModel } from "./registered-models.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { runOf } from "./run.codec.js";
import { plainSearchShape, searchRequest } from "./search.js";
import { byKey, keyValue, mlflowKey, mlflowText, optional, queryFlag } from "./shapes.js";

const MAX_TAGS = 100;
const BY_MLFLOW = "by MLflow";

export const modelVersionResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/model-versions/create",
      rule: "operator",
      models: ({ name, source }) => [name, ...modelsOfSource(source)],
      shape: z.object({
        name: modelName,
        source: mlflowText(2_000),
        run_id: optional(z.string()),
        description: optional(mlflowText(5_000)),
        tags: optional(z.array(keyValue).max(MAX_TAGS)),
      }),
      answer: async (services, { name, source, run_id, description, tags = [] }, caller) => {
        const { actor } = caller;
        const what = "POST /mlflow/model-versions/create from";
        // Of no model: whoever's files they are, they are read by it.
        if (modelsOfSource(source).length === 0)
          requireRole(caller, "viewer", `${what} ${JSON.stringify(source.slice(0, 200))}`);
        const model = await requireModel(services, name);
        const found = await resolveSource(services, source);
        const runId = run_id ? runOf({ run_id, run_uuid: undefined }) : found.runId;
        if (runId !== found.runId) requireRole(caller, "viewer", `${what} the run ${runId}`);
        const given = {
          model: name,
          source,
          runId,
          description: description || null,
          tags: byKey(tags),
        };
        const isServed = findService(services.definitions, name) !== undefined;
        if (model.kind === "served" && !isServed) throw new ModelNotFoundError(name);
        const version = isServed
          ? await registerServed(services, given, found, actor)
          : await services.keptModels.register(given, found, actor);
        return answerOf(services, version);
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/model-versions/get",
      rule: "viewer",
      models: namedModel,
      shape: ofVersion,
      answer: async (services, { name, version }) =>
        answerOf(services, await requireEntryOf(services, name, version)),
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/model-versions/search",
      rule: "viewer",
      shape: plainSearchShape,
      answer: async (services, given) => {
        const { found, next } = await services.modelSearch.versions(
          searchRequest(given, MODEL_VERSION_SEARCH),
        );
        return {
          model_versions: await versionAnswers(services, found),
          ...(next ? { next_page_token: next } : {}),
        };
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/model-versions/get-download-uri",
      rule: "viewer",
      models: namedModel,
      shape: ofVersion,
      answer: async (services, { name, version }) => {
        const found = await requireEntryOf(services, name, version);
        return { artifact_uri: `mlflow-artifacts:/${versionRoot(found.id)}` };
      },
    }),
    mlflowRoute({
      method: "PATCH",
      path: "/mlflow/model-versions/update",
      rule: "operator",
      models: namedModel,
      shape: ofVersion.extend({ description: optional(mlflowText(5_000)) }),
      answer: async (services, { name, version, description }, { actor }) => {
        await services.catalogue.annotate({ model: name, version, description: description || null }, actor);
        return answerOf(services, await requireEntryOf(services, name, version));
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/model-versions/set-tag",
      rule: "operator",
      models: namedModel,
      shape: ofVersion.extend(keyValue.shape),
      answer: async ({ catalogue }, { name, version, key, value }, { actor }) => {
        await catalogue.annotate({ model: name, version, tags: byKey([{ key, value }]) }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/model-versions/delete-tag",
      rule: "operator",
      models: namedModel,
      shape: ofVersion.extend({ key: mlflowKey }),
      answer: async ({ catalogue }, { name, version, key }, { actor }) => {
        await catalogue.annotate({ model: name, version, tags: byKey([{ key, value: null }]) }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/model-versions/transition-stage",
      rule: "operator",
      models: namedModel,
      // The former holder of a stage is archived whatever `archive_existing_versions` says: there is one.
      shape: ofVersion.extend({ stage: z.string(), archive_existing_versions: optional(queryFlag) }),
      answer: async (services, { name, version, stage: to }, { actor }) => {
        const stage = stageOf(to);
        const found = await requireEntryOf(services, name, version);
        if (found.stage !== stage) {
          if (isKeptOnly(found)) await services.keptModels.setStage(name, version, stage, actor);
          else
            await services.models.promote({
              model: name,
              version,
              stage,
              reason: BY_MLFLOW,
              force: false,
              actor,
            });
        }
        return answerOf(services, await requireEntryOf(services, name, version));
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/model-versions/delete",
      rule: "admin",
      models: namedModel,
      shape: ofVersion,
      answer: async (services, { name, version }, { actor }) => {
        const found = await requireEntryOf(services, name, version);
        if (isKeptOnly(found)) await services.keptModels.deleteVersion(name, version, actor);
        else await services.catalogue.deleteVersion(name, version, actor);
        return {};
      },
    }),
  ],
};

async function requireEntryOf({ models }: Services, name: string, version: number): Promise<VersionEntry> {
  const found = await models.findVersion(name, version);
  if (found) return found;
  throw new ModelNotFoundError(name, version);
}

const answerOf = async (services: Services, version: VersionEntry) => ({
  model_version: (await versionAnswers(services, [version]))[0],
});
