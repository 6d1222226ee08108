import { request } from "node:http";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { JOINED_OF_A_FILE, joinTogether } from "../../src/features/offline/dated-reads.js";
import { OfflineStore } from "../../src/features/offline/postgres/offline-store.js";
import { datedSelection, writeJoined } from "../../src/jobs/join/join-file.js";
import { joinedFeatures } from "../../src/jobs/join/joined-columns.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, JANUARY, learnableMonth, movedMonth, USERS } from "../support/months.js";
import { tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

const FEBRUARY = "2024-02-29";
const ASKED = [...USERS.slice(0, 30), "nobody"].flatMap((user) =>
  ["2023-12-31", JANUARY, "2024-02-15", FEBRUARY].map((asOf) => `${user},${asOf}\n`),
);
const CSV = `user_id,as_of\n${ASKED.join("")}`;
/** Above what is answered at once. */
const many = (rows: number) => `user_id,as_of\n${`${USERS[0]},${JANUARY}\n`.repeat(rows)}`;
const RUN = `query($id: ID!) { run(id: $id) { status error { code message } artifacts { name url }
  outcome { ... on JoinOutcome { rows columns file sha256 } } } }`;

let app: TestApp;
const failures: string[] = [];
beforeAll(async () => {
  const sink = new Writable({
    write(chunk, _encoding, done) {
      failures.push(String(chunk));
      done();
    },
  });
  app = await startTestApp({ logger: pino({ level: "warn" }, sink) });
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, movedMonth());
}, 150_000);
afterAll(() => app?.stop());

const post = (body: string, type: string, query = "service=churn") =>
  fetch(`${app.client.address}/historical-features?${query}`, {
    method: "POST",
    body,
    headers: { "content-type": type },
  });

async function begun(body: string, query: string, type = "text/csv") {
  const answer = await post(body, type, query);
  expect(answer.status).toBe(202);
  return (await answer.json()) as { run: string; file: string };
}

const ended = (id: string) =>
  until(
    "the run has ended",
    async () => {
      const { run } = await app.client.query(RUN, { id });
      return run.status !== "QUEUED" && run.status !== "RUNNING" && run;
    },
    120_000,
  );

/** Of every run that joins and every file that is kept or on its way. */
const kept = async () => {
  const [row] = await app.sql(
    `select (select count(*)::int from runs where kind = 'JOIN') as runs, (select count(*)::int from artifacts) as files,
       (select count(*)::int from artifact_uploads) as uploads,
       (select count(*)::int from artifact_pieces p where not exists (select 1 from artifact_blobs b where b.upload = p.upload)) as pieces`,
  );
  return row;
};

describe("a run that joins a file", () => {
  it("writes the bytes that are answered at once", async () => {
    const answered = new Uint8Array(await (await post(CSV, "text/csv")).arrayBuffer());
    const { run: id, file } = await begun(CSV, "service=churn&run=true");
    const run = await ended(id);
    expect(run).toMatchObject({ status: "SUCCEEDED", outcome: { rows: ASKED.length, file } });
    const { url } = run.artifacts.find(({ name }: { name: string }) => name === file);
    expect(new Uint8Array(await (await fetch(`${app.client.address}${url}`)).arrayBuffer())).toEqual(
      answered,
    );
  });

  it("takes an artifact of a run, and fails with the row that cannot be used, leaving no file", async () => {
    const client = tracker(app);
    const { id: runId } = await client.create();
    await client.artifact(runId, "asked.csv", CSV);
    await client.artifact(runId, "bad.csv", `user_id,as_of\n${USERS[0]},${JANUARY}\n${USERS[1]},tomorrow\n`);
    const start = async (artifact: string) =>
      (
        await app.client.query(
          "mutation($input: JoinFeaturesInput!) { joinFeatures(input: $input) { id } }",
          { input: { runId, artifact, service: "churn", format: "ARROW" } },
        )
      ).joinFeatures.id;
    expect(await ended(await start("asked.csv"))).toMatchObject({
      status: "SUCCEEDED",
      outcome: { file: "features.arrow" },
    });
    expect(await ended(await start("bad.csv"))).toMatchObject({
      status: "FAILED",
      error: { code: "BAD_USER_INPUT", message: expect.stringMatching(/^row 3: as_of: .* got "tomorrow"$/) },
      artifacts: [],
    });
    await expect(start("none.csv")).rejects.toThrow(/artifact: run .* has none named .*none\.csv/);
    await expect(start("asked.txt")).rejects.toThrow(
      /a name that ends in \.csv, \.jsonl, \.parquet or \.arrow was expected/,
    );
  });

  it("takes what has too many bytes, or too many rows, to be answered at once", async () => {
    const { run } = await begun(many(170_000), "features=skips_7d");
    expect(await ended(run)).toMatchObject({ status: "SUCCEEDED", outcome: { rows: 170_000 } });
    const short = `user_id\n${`${USERS[0]!}\n`.repeat(100_001)}`;
    expect(short.length).toBeLessThan(4 * 2 ** 20);
    const rows = await begun(short, `features=skips_7d&as_of=${JANUARY}`);
    expect(await ended(rows.run)).toMatchObject({ status: "SUCCEEDED", outcome: { rows: 100_001 } });
    const json = `[${`{"user_id":"${USERS[0]}","as_of":"${JANUARY}"},`.repeat(110_000).slice(0, -1)}]`;
    const refused = (await (await post(json, "application/json")).json()) as { error: { message: string } };
    expect(refused.error.message).toMatch(
      /^the body: a JSON list has at most 4194304 bytes; send more as application\/jsonl/,
    );
  }, 150_000);

  it("is cancelled, and leaves nothing but the file that was sent", async () => {
    const { run } = await begun(many(400_000), "service=churn");
    await until("it runs", async () => (await app.client.query(RUN, { id: run })).run.status === "RUNNING");
    await app.client.query("mutation($id: ID!) { cancelRun(id: $id) { status } }", { id: run });
    expect(await ended(run)).toMatchObject({ status: "CANCELLED", artifacts: [{ name: "asked.csv" }] });
    await until("nothing of it is written", async () => (await kept())!.pieces === 0);
  }, 150_000);
});

describe("a client that goes away", () => {
  /** Sends so much, or reads so much of the answer, and is gone. */
  const leave = (body: string, path: string, of: { whole: boolean }) =>
    new Promise<void>((resolve) => {
      const { port } = new URL(app.client.address);
      const headers = {
        "content-type": "text/csv",
        "content-length": Buffer.byteLength(body) + (of.whole ? 0 : 1),
      };
      const asked = request({ port, method: "POST", path, headers });
      asked.on("error", () => {});
      asked.on("close", () => resolve());
      asked.on("response", (response) => {
        response.on("error", () => {});
        response.once("data", () => asked.destroy());
      });
      asked.write(body, () => {
        if (!of.whole) asked.destroy();
      });
      if (of.whole) asked.end();
    });

  it("while it sends leaves no run and no piece of its file", async () => {
    const before = await kept();
    await leave(many(400_000), "/historical-features?service=churn", { whole: false });
    await until("nothing is left", async () => JSON.stringify(await kept()) === JSON.stringify(before));
  });

  it("while it is answered leaves a server that answers", async () => {
    failures.length = 0;
    await leave(many(90_000), "/historical-features?service=churn", { whole: true });
    expect((await post(CSV, "text/csv")).status).toBe(200);
    // A step of the run that was cancelled before may end only now, and the engine say whose the run no longer is.
    const ofCancelled = ["RunSupersededError", "is no longer owned by this execution"];
    expect(failures.filter((line) => !ofCancelled.some((said) => line.includes(said)))).toEqual([]);
  });
});

it("rows are asked for, joined and written some together, however many there are", async () => {
  const pool = createPool(app.url, 1);
  for (const format of ["PARQUET", "ARROW"] as const) {
    const of = { asked: 0, written: 0, waiting: 0, bytes: 0 };
    const rows = async function* () {
      for (let batch = 0; batch < 30; batch++) {
        of.asked += 5_000;
        of.waiting = Math.max(of.waiting, of.asked - of.written);
        yield Array.from({ length: 5_000 }, (_, i) => ({ key: USERS[i % USERS.length]!, asOf: JANUARY }));
      }
    };
    const joining = { ...joinedFeatures(testing, { features: ["skips_7d"] }, null), statuses: false, format };
    const write = async (bytes: Uint8Array) => {
      of.bytes += bytes.byteLength;
    };
    const store = new OfflineStore(pool, testing);
    const joined = joinTogether(store, rows(), datedSelection(joining).levels);
    await writeJoined(joining, joined, write, (count) => {
      of.written += count;
    });
    expect(of).toMatchObject({ asked: 150_000, written: 150_000 });
    expect([format, of.waiting <= 3 * JOINED_OF_A_FILE, of.bytes > 500]).toEqual([format, true, true]);
  }
  await pool.end();
}, 120_000);
