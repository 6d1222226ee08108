import { z } from "zod";
import { RunNotFoundError } from "../../errors/errors.js";
import { DEFAULT_EXPERIMENT } from "../../registry/experiments.js";
import type { TrackedState } from "../../registry/tracked-runs.js";
import { experimentNumber } from "./experiment.codec.js";
import { readRuns } from "./read-runs.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { runInfo, runOf, runShape } from "./run.codec.js";
import { inventName } from "./run-name.js";
import { notesOfTags } from "./run-tags.js";
import { byKey, idText, keyValue, mlflowText, mlflowTime, optional } from "./shapes.js";

const runName = mlflowText(500);
const maxTags = 1_000;

const STATES = {
  RUNNING: "RUNNING",
  SCHEDULED: "RUNNING",
  FINISHED: "SUCCEEDED",
  FAILED: "FAILED",
  KILLED: "CANCELLED",
} as const satisfies Record<string, TrackedState["status"]>;

export const runResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/create",
      rule: "operator",
      shape: z.object({
        experiment_id: optional(idText.transform(experimentNumber)),
        user_id: optional(mlflowText(500)),
        run_name: optional(runName),
        start_time: optional(mlflowTime),
        tags: optional(z.array(keyValue).max(maxTags)),
      }),
      answer: async (services, { experiment_id, user_id, run_name, start_time, tags = [] }, { actor }) => {
        const user: Record<string, string> = user_id ? { "mlflow.user": user_id } : {};
        const { name, ...notes } = notesOfTags({ ...user, ...byKey(tags) });
        const run = await services.trackedRuns.begin(
          {
            ...notes,
            name: run_name || name || inventName(),
            experimentId: experiment_id ?? DEFAULT_EXPERIMENT,
            startedAt: start_time ? new Date(start_time) : null,
          },
          actor,
        );
        return { run: (await readRuns(services, [run]))[0] };
      },
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/runs/get",
      rule: "viewer",
      shape: runShape,
      answer: async (services, given) => {
        const id = runOf(given);
        const [run] = await services.runs.findByIds([id]);
        if (!run) throw new RunNotFoundError(id);
        return { run: (await readRuns(services, [run]))[0] };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/update",
      rule: "operator",
      shape: runShape.extend({
        status: optional(z.enum(Object.keys(STATES) as (keyof typeof STATES)[])),
        end_time: optional(mlflowTime),
        run_name: optional(runName),
      }),
      answer: async ({ trackedRuns }, { status, end_time, run_name, ...given }, { actor }) => {
        const state = {
          ...(status === undefined ? {} : { status: STATES[status] }),
          ...(end_time ? { endedAt: new Date(end_time) } : {}),
          ...(run_name ? { name: run_name } : {}),
        };
        return { run_info: runInfo(await trackedRuns.setState(runOf(given), state, actor)) };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/delete",
      rule: "operator",
      shape: runShape,
      answer: async ({ trackedRuns }, given, { actor }) => {
        await trackedRuns.setDeleted(runOf(given), true, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/restore",
      rule: "operator",
      shape: runShape,
      answer: async ({ trackedRuns }, given, { actor }) => {
        await trackedRuns.setDeleted(runOf(given), false, actor);
        return {};
      },
    }),
  ],
};
