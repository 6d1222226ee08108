import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { asof, asofHere } from "../support/cli.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

let app: TestApp;
const run = (...args: string[]) => asof(args, { ASOF_URL: app.asof.address, ASOF_ACTOR: "ann" });
const jsonLines = (out: string) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  app = await startTestApp();
  const files = smallDelivery(userIds(200));
  writeDelivery(app.dataDir, "month_000", files);
  writeDelivery(app.dataDir, "broken", {
    ...files,
    payments_agg_90d: ["user_id,failed_payments_90d", "U-00000,-1"],
  });
});
afterAll(() => app.stop());

describe("asof against a running server", () => {
  it("ingests, trains, promotes and predicts, each step told as it happens", async () => {
    const ingested = await run("ingest", "month_000", "--as-of", "2024-01-31", "--follow");
    expect(ingested).toMatchObject({ code: 0, err: "" });
    expect(ingested.out).toMatch(/^run [0-9a-f-]{36}\n/);
    expect(ingested.out).toMatch(/publish finished in/);
    expect(ingested.out).toMatch(/\nSUCCEEDED in \d+\.\d\d s\n$/);

    const trained = await run(
      ...[
        "train",
        "--as-of",
        "2024-01-31",
        "--algorithm",
        "logistic-regression",
        "--seed",
        "7",
        "--follow",
        "--json",
      ],
    );
    expect(trained).toMatchObject({ code: 0, err: "" });
    const lines = jsonLines(trained.out);
    expect(lines.slice(0, -1).every(({ event }) => event.kind === "TRAIN")).toBe(true);
    expect(lines.at(-1).run).toMatchObject({
      status: "SUCCEEDED",
      actor: "ann",
      params: { algorithm: "LOGISTIC_REGRESSION", seed: 7 },
      modelVersion: { version: 1 },
    });

    const promoted = await run("promote", "1", "--force", "--reason", "a first one");
    expect(promoted).toMatchObject({ code: 0, err: "" });
    expect(promoted.out).toMatch(/^churn version 1 is PRODUCTION\n/);
    expect(promoted.out).toMatch(/ {2}(passed|FAILED) {2}min_auc: /);

    const { predict } = await app.client.query('{ predict(userId: "U-00003") { probability prediction } }');
    const asked = await run("predict", "U-00003", "--json");
    expect(asked.code).toBe(0);
    expect(JSON.parse(asked.out)).toMatchObject({
      userId: "U-00003",
      ...predict,
      modelVersion: { version: 1 },
    });
    const told = await run("predict", "U-00003", "--as-of", "2024-01-31", "--version", "1");
    expect(told.out).toContain(`U-00003: ${predict.prediction} (probability ${predict.probability}, `);
  });

  it("lists runs, and follows one that has ended from its beginning", async () => {
    const listed = await run("runs", "--kind", "train", "--status", "succeeded", "--json");
    const [newest] = jsonLines(listed.out);
    expect(newest).toMatchObject({ kind: "TRAIN", status: "SUCCEEDED" });
    expect((await run("runs", "--limit", "1")).out).toMatch(
      new RegExp(`^RUN +KIND +STATUS +CREATED +TOOK +ACTOR\\n${newest.id} .*TRAIN .*T[0-9:]{8}Z .*ann\\n$`),
    );
    const followed = await run("runs", newest.id, "--follow");
    expect(followed.code).toBe(0);
    expect(followed.out).toMatch(/fit finished in/);
    expect(followed.out).toMatch(/\n {2}\d\d:\d\d:\d\dZ register: version 1: auc [01]\.\d+, f1 [01]\.\d+\n/);
    expect(followed.out).toMatch(/\n {2}auc +[01](\.\d+)?\n/);
    expect(followed.out).toMatch(/SUCCEEDED in .*, version 1\n$/);
  });

  it("says of a delivery that it was published before", async () => {
    const { code, out } = await run("ingest", "month_000", "--as-of", "2024-01-31", "--follow");
    expect(code).toBe(0);
    expect(out).toMatch(/\nSUCCEEDED in .* s: unchanged, nothing new was published\n$/);
  });

  it("ends with 1 where the run that is followed fails, and says why", async () => {
    const { code, out } = await run("ingest", "broken", "--as-of", "2024-02-29", "--follow");
    expect(code).toBe(1);
    expect(out).toMatch(/FAILED in .*: VALIDATION_FAILED: payments_agg_90d\.csv, line 2, .*"-1"/);
  });

  it.each([
    [["predict", "nobody"], /^asof: FEATURES_MISSING: .*nobody/],
    [["promote", "99"], /^asof: MODEL_NOT_FOUND: .*99/],
    [["ingest", "nowhere", "--as-of", "2024-01-31"], /^asof: SOURCE_NOT_FOUND: .*nowhere/],
    [["runs", "00000000-0000-4000-8000-000000000000"], /^asof: RUN_NOT_FOUND: /],
    [["runs", "00000000-0000-4000-8000-000000000000", "--follow"], /^asof: .*00000000-0000-4000/],
  ])("%j ends with 1 and the server's reason", async (args, reason) => {
    const { code, err } = await run(...args);
    expect(err).toMatch(reason);
    expect(code).toBe(1);
  });
});

describe("asof's command line", () => {
  it.each([
    [["fly"], 'asof: there is no command "fly"\nTry: asof --help\n'],
    [["trian"], 'asof: there is no command "trian"; did you mean "train"?\nTry: asof --help\n'],
    [["PREDCT"], 'asof: there is no command "PREDCT"; did you mean "predict"?\nTry: asof --help\n'],
    [
      ["train", "--as-of", "2024-01-31", "--algorithm", "forest"],
      'asof: --algorithm "forest": expected is one of logistic-regression, random-forest, gradient-boosting, linear-regression\nTry: asof train --help\n',
    ],
    [
      ["promote", "1", "--stage", "live"],
      'asof: --stage "live": expected is one of none, staging, production, archived\nTry: asof promote --help\n',
    ],
    [
      ["runs", "--status", "done"],
      'asof: --status "done": expected is one of queued, running, succeeded, failed, cancelled\nTry: asof runs --help\n',
    ],
    [["ingest", "x"], "asof: --as-of is missing\nTry: asof ingest --help\n"],
    [["predict"], "asof: <key> is missing\nTry: asof predict --help\n"],
    [["predict", "a", "b"], 'asof: unexpected argument "b"\nTry: asof predict --help\n'],
    [["promote", "one"], 'asof: <version> "one": a whole number is expected\nTry: asof promote --help\n'],
    [
      ["runs", "--url", "ftp://h"],
      'asof: --url "ftp://h": http://host:port is expected\nTry: asof runs --help\n',
    ],
  ])("%j ends with 2 and says what is expected", async (args, err) => {
    expect(await asofHere(args)).toEqual({ code: 2, out: "", err });
  });

  it("says of a misspelt option which one may be meant", async () => {
    const { code, err } = await asofHere(["train", "--algorithim", "x"]);
    expect([code, err.split("\n")[0]]).toEqual([2, expect.stringMatching(/did you mean "--algorithm"\?$/)]);
  });

  it("ends with 3 where no server answers, and says how to start or name one", async () => {
    const { code, err } = await asof(["runs"], { ASOF_URL: "http://127.0.0.1:1" });
    expect(err).toMatch(/^asof: no asof answers at http:\/\/127\.0\.0\.1:1: .*; start one/);
    expect(code).toBe(3);
  });

  it("lists its commands, and tells the options of each", async () => {
    const { code, out } = await asof(["--help"]);
    expect(code).toBe(0);
    const names = [...new Set([...out.matchAll(/^ {2}(\w+) +\S/gm)].map(([, name]) => name!))];
    expect(names).toEqual(expect.arrayContaining(["ingest", "train", "promote", "predict", "runs"]));
    const helps = await Promise.all(names.map((name) => asofHere([name, "--help"])));
    for (const [i, { code, out }] of helps.entries()) {
      expect(code).toBe(0);
      expect(out).toContain(`asof ${names[i]} `);
    }
  });
});
