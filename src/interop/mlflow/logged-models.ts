import { z } from "zod";
import type { LoggedModel } from "../../registry/logged-models.js";
import type { Services } from "../../services/services.js";
import { listFolder } from "./artifacts.js";
import { experimentNumber } from "./experiment.codec.js";
import { LOGGED_MODEL_SEARCH } from "./filter/terms.js";
import { artifactUriOf, loggedModelAnswer, modelUuid, STATUS_OF } from "./logged-model.codec.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { runOf, runShape } from "./run.codec.js";
import { plainSearchShape, searchRequest } from "./search.js";
import { byKey, idText, int64, keyValue, mlflowKey, mlflowText, optional } from "./shapes.js";

const MAX_PAIRS = 1_000;
const name = mlflowText(500).refine(
  (text) => text !== "" && !/[/:.%"']/.test(text),
  "a name without / : . % and quotes was expected",
);
const pairs = optional(z.array(keyValue).max(MAX_PAIRS));
const one = z.object({ model_id: z.string().transform(modelUuid) });

/** Models as `log_model` of MLflow 3 logs them: files under an id, which a version is registered from. */
export const loggedModelResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/logged-models",
      rule: "operator",
      shape: z.object({
        experiment_id: idText.transform(experimentNumber),
        name: optional(name),
        model_type: optional(mlflowText(500)),
        source_run_id: optional(z.string()),
        params: pairs,
        tags: pairs,
      }),
      answer: async (
        services,
        { experiment_id, name, model_type, source_run_id, params = [], tags = [] },
        { actor },
      ) => {
        const model = {
          experimentId: experiment_id,
          name: name ?? "model",
          modelType: model_type ?? "",
          sourceRunId: source_run_id ? runOf({ run_id: source_run_id, run_uuid: undefined }) : null,
          params: byKey(params),
          tags: byKey(tags),
        };
        return answerOf(services, await services.loggedModels.create(model, actor));
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/logged-models/:model_id",
      rule: "viewer",
      shape: one,
      answer: async (services, { model_id }) =>
        answerOf(services, await services.loggedModels.require(model_id)),
    }),
    mlflowRoute({
      method: "PATCH",
      path: "/mlflow/logged-models/:model_id",
      rule: "operator",
      shape: one.extend({ status: z.enum(Object.keys(STATUS_OF)) }),
      answer: async (services, { model_id, status }) =>
        answerOf(services, await services.loggedModels.change(model_id, { status: STATUS_OF[status]! })),
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/logged-models/:model_id",
      rule: "operator",
      shape: one,
      answer: async ({ loggedModels }, { model_id }) => {
        await loggedModels.change(model_id, { deleted: true });
        return {};
      },
    }),
    mlflowRoute({
      method: "PATCH",
      path: "/mlflow/logged-models/:model_id/tags",
      rule: "operator",
      shape: one.extend({ tags: pairs }),
      answer: async ({ loggedModels }, { model_id, tags = [] }) => {
        await loggedModels.change(model_id, { tags: byKey(tags) });
        return {};
      },
    }),
    mlflowRoute({
      method: "DELETE",
      path: "/mlflow/logged-models/:model_id/tags/:tag_key",
      rule: "operator",
      shape: one.extend({ tag_key: mlflowKey }),
      answer: async ({ loggedModels }, { model_id, tag_key }) => {
        await loggedModels.change(model_id, { tags: byKey([{ key: tag_key, value: null }]) });
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/logged-models/:model_id/params",
      rule: "operator",
      shape: one.extend({ params: pairs }),
      answer: async ({ loggedModels }, { model_id, params = [] }) => {
        await loggedModels.change(model_id, { params: byKey(params) });
        return {};
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/logged-models/:model_id/artifacts/directories",
      rule: "viewer",
      shape: one.extend({ artifact_directory_path: optional(z.string()) }),
      answer: async ({ loggedModels, files }, { model_id, artifact_directory_path: path }) => {
        const model = await loggedModels.require(model_id);
        return {
          root_uri: artifactUriOf(model),
          files: await listFolder(files, { kind: "loggedModel", id: model_id }, path),
        };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/logged-models/search",
      rule: "viewer",
      shape: plainSearchShape.omit({ order_by: true }).extend({
        experiment_ids: optional(z.array(idText.transform(experimentNumber)).max(10_000)),
        order_by: optional(
          z.array(z.object({ field_name: z.string(), ascending: optional(z.boolean()) })).max(20),
        ),
      }),
      answer: async (services, { experiment_ids = [], order_by = [], ...given }) => {
        const texts = order_by.map(
          ({ field_name, ascending }) => `${field_name}${ascending === false ? " DESC" : ""}`,
        );
        const request = searchRequest({ ...given, order_by: texts }, LOGGED_MODEL_SEARCH);
        const { found, next } = await services.loggedModels.search(experiment_ids, request);
        return {
          models: await answersOf(services, found),
          ...(next ? { next_page_token: next } : {}),
        };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/outputs",
      rule: "operator",
      shape: runShape.extend({
        models: optional(
          z
            .array(z.object({ model_id: z.string().transform(modelUuid), step: optional(int64) }))
            .max(MAX_PAIRS),
        ),
      }),
      answer: async ({ loggedModels }, { models = [], ...given }, { actor }) => {
        const outputs = models.map(({ model_id, step }) => ({ modelId: model_id, step: step ?? 0 }));
        await loggedModels.addOutputs(runOf(given), outputs, actor);
        return {};
      },
    }),
  ],
};

async function answersOf({ loggedModels }: Pick<Services, "loggedModels">, models: readonly LoggedModel[]) {
  const metrics = await loggedModels.latestMetrics(models.map(({ id }) => id));
  return models.map((model, place) => loggedModelAnswer(model, metrics[place]!));
}
const answerOf = async (services: Services, model: LoggedModel) => ({
  model: (await answersOf(services, [model]))[0]!,
});
