import { z } from "zod";
import { RunNotFoundError } from "../../errors/errors.js";
import type { ModelMetric } from "../../registry/logged-model-metrics.js";
import type { MetricPoint } from "../../registry/run.js";
import { snapshotDateOf } from "../../registry/run-inputs.js";
import { modelUuid } from "./logged-model.codec.js";
import { invalid } from "./mlflow-error.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { metricAnswer, runOf, runShape } from "./run.codec.js";
import { notesOfTags } from "./run-tags.js";
import {
  byKey,
  float64,
  int64,
  keyValue,
  mlflowKey,
  mlflowText,
  mlflowTime,
  optional,
  textOrEmpty,
} from "./shapes.js";

/** Of one batch. */
const MAX = { metrics: 10_000, params: 1_000, tags: 1_000, datasets: 1_000 };
const DEFAULT_POINTS = 25_000;

const point = z.object({
  key: mlflowKey,
  value: float64,
  timestamp: optional(mlflowTime),
  step: optional(int64),
  // Of a logged model it is kept a second time, with the data it was measured on.
  model_id: optional(z.string()),
  dataset_name: optional(mlflowText(500)),
  dataset_digest: optional(mlflowText(500)),
});
const param = z.object({ key: mlflowKey, value: textOrEmpty(6_000) });

const dataset = z.object({
  dataset: z.object({
    name: mlflowText(500),
    digest: mlflowText(500),
    source_type: optional(mlflowText(500)),
    source: optional(mlflowText(100_000)),
    schema: optional(mlflowText(1_000_000)),
    profile: optional(mlflowText(1_000_000)),
  }),
  tags: optional(z.array(keyValue).max(100)),
});

const pointOf = ({
  key,
  value,
  timestamp,
  step,
}: Pick<z.output<typeof point>, "key" | "value" | "timestamp" | "step">): MetricPoint => ({
  name: key,
  value,
  step: step ?? 0,
  at: new Date(timestamp ?? Date.now()),
});
/** Those that were logged of a model. */
const modelPoints = (runId: string, given: readonly z.output<typeof point>[]): ModelMetric[] =>
  given.flatMap(({ model_id, dataset_name, dataset_digest, ...each }) =>
    model_id
      ? [
          {
            ...{ ...pointOf(each), modelId: modelUuid(model_id), runId },
            ...{ datasetName: dataset_name ?? null, datasetDigest: dataset_digest ?? null },
          },
        ]
      : [],
  );

/** One name is logged once: another value in the same batch is refused as one that is there would be. */
function paramsOf(given: readonly z.output<typeof param>[]): Record<string, string> {
  const params = byKey(given);
  const changed = given.find(({ key, value }) => params[key] !== value);
  if (changed) throw invalid(`params: ${JSON.stringify(changed.key)} is there twice, with different values`);
  return params;
}

export const loggingResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/log-batch",
      rule: "operator",
      shape: runShape.extend({
        metrics: optional(z.array(point).max(MAX.metrics)),
        params: optional(z.array(param).max(MAX.params)),
        tags: optional(z.array(keyValue).max(MAX.tags)),
      }),
      answer: async ({ trackedRuns }, { metrics = [], params = [], tags = [], ...given }, { actor }) => {
        const id = runOf(given);
        const notes = notesOfTags(byKey(tags));
        const points = metrics.map(pointOf);
        const batch = { points, params: paramsOf(params), notes, ofModels: modelPoints(id, metrics) };
        await trackedRuns.logBatch(id, batch, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/log-metric",
      rule: "operator",
      shape: runShape.extend(point.shape),
      answer: async ({ trackedRuns }, given, { actor }) => {
        const id = runOf(given);
        const batch = { points: [pointOf(given)], params: {}, notes: {}, ofModels: modelPoints(id, [given]) };
        await trackedRuns.logBatch(id, batch, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/log-parameter",
      rule: "operator",
      shape: runShape.extend(param.shape),
      answer: async ({ trackedRuns }, given, { actor }) => {
        const batch = { points: [], params: paramsOf([given]), notes: {} };
        await trackedRuns.logBatch(runOf(given), batch, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/set-tag",
      rule: "operator",
      shape: runShape.extend(keyValue.shape),
      answer: async ({ trackedRuns }, { key, value, ...given }, { actor }) => {
        const notes = notesOfTags(byKey([{ key, value }]));
        await trackedRuns.logBatch(runOf(given), { points: [], params: {}, notes }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/delete-tag",
      rule: "operator",
      shape: runShape.extend({ key: mlflowKey }),
      answer: async ({ trackedRuns }, { key, ...given }, { actor }) => {
        const notes = notesOfTags(byKey([{ key, value: null }]));
        await trackedRuns.logBatch(runOf(given), { points: [], params: {}, notes }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/log-inputs",
      rule: "operator",
      // `models` are inputs of another kind: a run's logged models are known by their own runs.
      shape: runShape.extend({ datasets: optional(z.array(dataset).max(MAX.datasets)) }),
      answer: async ({ trackedRuns, snapshots }, { datasets = [], ...given }, { actor }) => {
        const id = runOf(given);
        const inputs = datasets.map(({ dataset: { source_type, ...named }, tags = [] }) => ({
          ...named,
          sourceType: source_type,
          tags: byKey(tags),
        }));
        if (inputs.length === 0) return {};
        const date = snapshotDateOf(inputs);
        const snapshot = date === null ? null : await snapshots.find(date);
        await trackedRuns.logInputs(id, inputs, snapshot?.id ?? null, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/metrics/get-history",
      rule: "viewer",
      shape: runShape.extend({
        metric_key: mlflowKey,
        max_results: optional(int64),
        page_token: optional(z.string().max(500)),
      }),
      answer: async ({ runs }, { metric_key, max_results, page_token, ...given }) => {
        const id = runOf(given);
        const first = Math.min(max_results || DEFAULT_POINTS, DEFAULT_POINTS);
        if (first < 1) throw invalid(`max_results: at least 1 was expected; got ${max_results}`);
        const { points, next } = await runs.pagePoints(id, metric_key, first, page_token || null);
        if (points.length === 0 && !(await runs.findByIds([id]))[0]) throw new RunNotFoundError(id);
        return { metrics: points.map(metricAnswer), ...(next ? { next_page_token: next } : {}) };
      },
    }),
  ],
};
