import { z } from "zod";
import { experimentAnswer, experimentNumber } from "./experiment.codec.js";
import { EXPERIMENT_SEARCH, RUN_SEARCH } from "./filter/terms.js";
import { readRuns } from "./read-runs.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { listOf, searchRequest, searchShape } from "./search.js";
import { idText } from "./shapes.js";

const maxExperiments = 1_000;
const { view_type, ...fields } = searchShape.shape;

const searchExperiments = (method: "GET" | "POST") =>
  mlflowRoute({
    method,
    path: "/mlflow/experiments/search",
    rule: "viewer",
    shape: searchShape,
    answer: async ({ experiments }, { view_type, ...given }) => {
      const { found, next } = await experiments.search(searchRequest(given, EXPERIMENT_SEARCH, view_type));
      return { experiments: found.map(experimentAnswer), ...(next ? { next_page_token: next } : {}) };
    },
  });

export const searchResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "POST",
      path: "/mlflow/runs/search",
      rule: "viewer",
      shape: z.object({
        ...fields,
        run_view_type: view_type,
        experiment_ids: listOf(idText.transform(experimentNumber), maxExperiments),
      }),
      answer: async (services, { experiment_ids, run_view_type, ...given }) => {
        const request = searchRequest(given, RUN_SEARCH, run_view_type);
        const { found, next } = await services.runs.search({ ...request, experiments: experiment_ids });
        return { runs: await readRuns(services, found), ...(next ? { next_page_token: next } : {}) };
      },
    }),
    searchExperiments("POST"),
    searchExperiments("GET"),
  ],
};
