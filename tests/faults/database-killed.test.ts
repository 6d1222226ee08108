import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { startServer, type TestServer } from "../support/server.js";
import { followRun, hasEnded, subscribe } from "../support/subscribe.js";
import { until } from "../support/until.js";

/** A request without an answer after this hangs. */
const hangsAfterMs = 20_000;

describe("asof under load, whose PostgreSQL is killed (SIGKILL) and started again", () => {
  let home: string;
  let server: TestServer;
  let asof: TestProcess;
  let api: GraphQLClient;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "asof-killed-"));
    server = await startServer(home);
    writeDelivery(home, "january", learnableMonth());
    asof = await startProcess({ DATABASE_URL: server.url, ASOF_HOME: home, DATA_DIR: home });
    api = asof.client;
    expect(await api.ingest("january", JANUARY)).toMatchObject({ error: null });
    expect(await api.train({ asOf: JANUARY, seed: 1, params: STRONG })).toMatchObject({ error: null });
    await api.query("mutation { promote(input: { version: 1 }) { version } }");
  }, 180_000);
  afterAll(async () => {
    if (asof?.child.exitCode === null) await asof.kill();
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  async function ask(): Promise<string> {
    const response = await fetch(`${api.address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: `{ predict(userId: "${USERS[0]}") { modelVersion { version } } }` }),
      signal: AbortSignal.timeout(hangsAfterMs),
    });
    const { data, errors } = (await response.json()) as any;
    return data?.predict ? `version ${data.predict.modelVersion.version}` : errors[0].extensions.code;
  }
  const ready = async () => (await fetch(`${api.address}/ready`)).status;

  const eventIds = async (runId: string): Promise<string[]> =>
    (
      await server.sql<{ id: string }>(
        "select id::text from run_events where run_id = $1 order by run_events.id",
        [runId],
      )
    ).map(({ id }) => id);

  it("tells requests SERVICE_UNAVAILABLE, recovers by itself, finishes the run, and loses no event", async () => {
    const follower = followRun(api.address, null);
    const transitions = subscribe<{ version: number; to: string }>(
      api.address,
      "modelTransitions",
      "subscription { modelTransitions { version to } }",
    );
    const seen = new Set<string>();
    let asking = true;
    const load = Array.from({ length: 4 }, async () => {
      while (asking) seen.add(await ask());
    });
    try {
      const start = async (params: object) => {
        const input = { asOf: JANUARY, seed: 2, params };
        return (await api.query("mutation($input: TrainInput!) { train(input: $input) { id } }", { input }))
          .train.id;
      };
      // The follower follows once it has heard of some run.
      const first = await start(STRONG);
      await follower.gets("the end of a run", (event) => event.runId === first && hasEnded(event));
      const id: string = await start({ ...STRONG, trees: 1_500 });
      await follower.gets(
        "the fit",
        ({ runId, type, step }) => runId === id && type === "STEP" && step === "fit",
      );

      await server.signal("SIGKILL");
      await until("requests are refused", () => seen.has("SERVICE_UNAVAILABLE"));
      await until("it is not ready", async () => (await ready()) === 503);
      expect((await fetch(`${api.address}/live`)).status).toBe(200);
      expect(asof.child.exitCode).toBeNull();
      await server.start();
      // Committed and announced while nobody listens yet.
      await server.sql(
        "insert into stage_transitions (model, version, from_stage, to_stage, actor) values ('churn', 77, 'NONE', 'STAGING', 'elsewhere')",
      );
      await until("it is ready", async () => (await ready()) === 200);
      seen.delete("version 1");
      await until("requests are answered", () => seen.has("version 1"));

      expect(await api.finished(id, 120_000)).toMatchObject({ status: "SUCCEEDED", attempt: 1, error: null });
      await until("the follower has heard the end", () =>
        follower.received.some((e) => e.runId === id && hasEnded(e)),
      );
      const heard = follower.received.filter(({ runId }) => runId === id).map((event) => event.id);
      expect(heard).toEqual(await eventIds(id));
      await api.query("mutation { promote(input: { version: 2, stage: STAGING }) { version } }");
      await transitions.gets("the move after it", ({ version }) => version === 2);
      expect(transitions.received.map(({ version }) => version)).toEqual([77, 2]);
      expect([...follower.errors, ...transitions.errors]).toEqual([]);
    } finally {
      asking = false;
      await Promise.all(load);
      await Promise.all([follower.leave(), transitions.leave()]);
    }
    expect([...seen].sort()).toEqual(["SERVICE_UNAVAILABLE", "version 1"]);
  }, 240_000);

  it("does so at a request for a fast shutdown, too, and exits with 0 afterwards", async () => {
    await server.stop();
    await until("requests are refused", async () => (await ask()) === "SERVICE_UNAVAILABLE");
    await server.start();
    await until("requests are answered", async () => (await ask()) === "version 1");
    expect(await api.ingest("january", "2024-02-29")).toMatchObject({ status: "SUCCEEDED", error: null });
    expect(await asof.stop()).toBe(0);
  }, 120_000);
});
