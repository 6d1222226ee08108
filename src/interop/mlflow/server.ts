import { z } from "zod";
import { MLFLOW_API } from "./mlflow-api.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";

/** The newest release of MLflow's client that this was tried with. */
export const MLFLOW_VERSION = "3.17.2";

/** What clients and probes ask about the server itself. */
export const serverResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "GET",
      path: "/mlflow/server-info",
      rule: "viewer",
      shape: z.object({}),
      answer: async () => ({
        store_type: "SqlStore",
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
        presigned_upload_run_id_supported: false,
        presigned_upload_model_id_supported: false,
      }),
    }),
  ],
  register(scope) {
    const rule = "public";
    scope.get("/health", { config: { rule, api: MLFLOW_API.health } }, async (_, reply) =>
      reply.type("text/plain").send("OK"),
    );
    scope.get("/version", { config: { rule, api: MLFLOW_API.version } }, async (_, reply) =>
      reply.type("text/plain").send(MLFLOW_VERSION),
    );
  },
};
