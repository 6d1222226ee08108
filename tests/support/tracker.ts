import type { TestApp } from "../support/app.js";

const RUN = `id kind status actor name params tags note environment gitCommit durationMs error { code message }
  metrics { name value step } latestMetrics { name value step } artifacts { name mediaType bytes sha256 url }`;

/** The calls a trainer elsewhere makes. */
export function tracker(app: TestApp) {
  const call = async (
    field: string,
    args: string,
    types: string,
    variables: Record<string, unknown>,
    of = RUN,
  ) => (await app.client.query(`mutation(${types}) { ${field}(${args}) { ${of} } }`, variables))[field];
  return {
    create: (input: Record<string, unknown> = {}) =>
      call("createRun", "input: $input", "$input: CreateRunInput!", { input }),
    metrics: (runId: string, metrics: Record<string, unknown>[]) =>
      call("logMetrics", "runId: $runId, metrics: $metrics", "$runId: ID!, $metrics: [MetricInput!]!", {
        runId,
        metrics,
      }),
    params: (runId: string, params: unknown) =>
      call("logParams", "runId: $runId, params: $params", "$runId: ID!, $params: JSON!", { runId, params }),
    artifact: (runId: string, name: string, text: string) =>
      call(
        "logArtifact",
        "input: $input",
        "$input: LogArtifactInput!",
        { input: { runId, name, mediaType: "text/plain", base64: Buffer.from(text).toString("base64") } },
        "name mediaType bytes sha256 url",
      ),
    upload: (
      runId: string,
      name: string,
      body: Uint8Array<ArrayBuffer>,
      headers: Record<string, string> = {},
    ) =>
      fetch(`${app.client.address}/runs/${runId}/artifacts/${encodeURIComponent(name)}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/octet-stream", ...headers },
      }),
    finish: (id: string, status = "SUCCEEDED", reason: string | null = null) =>
      call(
        "finishRun",
        "id: $id, status: $status, reason: $reason",
        "$id: ID!, $status: RunStatus!, $reason: String",
        {
          id,
          status,
          reason,
        },
      ),
    update: (input: Record<string, unknown>) =>
      call("updateRun", "input: $input", "$input: UpdateRunInput!", { input }),
    delete: (id: string) =>
      call("deleteRun", "id: $id", "$id: ID!", { id }, "id events metrics artifacts bytesFreed"),
    run: async (id: string) =>
      (await app.client.query(`query($id: ID!) { run(id: $id) { ${RUN} } }`, { id })).run,
  };
}

export type Tracker = ReturnType<typeof tracker>;

/** The one error a call is expected to end with. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  const message = await call.then(
    (answer) => {
      throw new Error(`expected a refusal, got ${JSON.stringify(answer)}`);
    },
    (error: Error) => error.message,
  );
  const [error] = JSON.parse(message.replace(/^GraphQL failed: /, ""));
  return { code: error.extensions.code, message: error.message };
}
