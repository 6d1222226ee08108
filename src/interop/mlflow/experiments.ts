import { z } from "zod";
import { ExperimentNotFoundError } from "../../errors/tracking-errors.js";
import { experimentAnswer, experimentNumber } from "./experiment.codec.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { byKey, idText, keyValue, mlflowKey, mlflowText, optional } from "./shapes.js";

const maxTags = 1_000;
const name = mlflowText(500).refine((text) => text !== "", "a name was expected");
const ofOne = { experiment_id: idText.transform(experimentNumber) };
const one = z.object(ofOne);

export const experimentResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "GET",
      path: "/mlflow/experiments/get",
      rule: "viewer",
      shape: one,
      answer: async ({ experiments }, { experiment_id }) => ({
        experiment: experimentAnswer(await experiments.require(experiment_id)),
      }),
    }),
    mlflowRoute({
      method: "GET",
      path: "/mlflow/experiments/get-by-name",
      rule: "viewer",
      shape: z.object({ experiment_name: z.string() }),
      answer: async ({ experiments }, { experiment_name }) => {
        const found = experiment_name.includes("\0") ? null : await experiments.findByName(experiment_name);
        if (!found) throw new ExperimentNotFoundError(JSON.stringify(experiment_name.slice(0, 200)));
        return { experiment: experimentAnswer(found) };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/create",
      rule: "operator",
      // Where artifacts go is asof's to say: `artifact_location` is not read.
      shape: z.object({ name, tags: optional(z.array(keyValue).max(maxTags)) }),
      answer: async ({ experiments }, { name, tags = [] }, { actor }) => {
        const made = await experiments.create(name, byKey(tags), actor);
        return { experiment_id: String(made.id) };
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/update",
      rule: "operator",
      shape: z.object({ ...ofOne, new_name: optional(name) }),
      answer: async ({ experiments }, { experiment_id, new_name }, { actor }) => {
        if (new_name !== undefined) await experiments.change(experiment_id, { name: new_name }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/delete",
      rule: "operator",
      shape: one,
      answer: async ({ experiments }, { experiment_id }, { actor }) => {
        await experiments.delete(experiment_id, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/restore",
      rule: "operator",
      shape: one,
      answer: async ({ experiments }, { experiment_id }, { actor }) => {
        await experiments.restore(experiment_id, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/set-experiment-tag",
      rule: "operator",
      shape: z.object({ ...ofOne, ...keyValue.shape }),
      answer: async ({ experiments }, { experiment_id, ...tag }, { actor }) => {
        await experiments.change(experiment_id, { tags: byKey([tag]) }, actor);
        return {};
      },
    }),
    mlflowRoute({
      method: "POST",
      path: "/mlflow/experiments/delete-experiment-tag",
      rule: "operator",
      shape: z.object({ ...ofOne, key: mlflowKey }),
      answer: async ({ experiments }, { experiment_id, key }, { actor }) => {
        await experiments.change(experiment_id, { tags: byKey([{ key, value: null }]) }, actor);
        return {};
      },
    }),
  ],
};
