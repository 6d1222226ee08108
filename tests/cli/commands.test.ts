import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiCommands } from "../../src/cli/commands.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { asof, asofHere } from "../support/cli.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { until } from "../support/until.js";

let app: TestApp;
let folder: string;
const ran = new Set<string>();

/** The named command, in this process, against the one server. */
async function run(name: string, ...args: string[]) {
  ran.add(name);
  return asofHere([...name.split(" "), ...args], { ASOF_URL: app.asof.address, ASOF_ACTOR: "ann" });
}

/** What it printed, where it succeeded. */
async function ok(name: string, ...args: string[]): Promise<string> {
  const { code, out, err } = await run(name, ...args);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

async function json(name: string, ...args: string[]) {
  const { code, out } = await run(name, ...args, "--json");
  expect(code).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const follow = (name: string, ...args: string[]) => ok(name, ...args, "--follow");
const header = (text: string) => text.split("\n")[0]!.split(/ {2,}/);
const runIdIn = (text: string) => /run ([0-9a-f-]{36})/.exec(text)![1]!;

beforeAll(async () => {
  app = await startTestApp({ config: { alertAllowHosts: ["127.0.0.1"] } });
  folder = mkdtempSync(join(tmpdir(), "asof-cli-"));
  const users = userIds(200);
  const files = smallDelivery(users);
  writeDelivery(app.dataDir, "january", files);
  writeDelivery(app.dataDir, "february", {
    ...files,
    payments_agg_90d: ["user_id,failed_payments_90d", ...users.map((user, i) => `${user},${(i % 2) + 1}`)],
  });
  writeDelivery(app.dataDir, "broken", {
    ...files,
    payments_agg_90d: ["user_id,failed_payments_90d", "U-00000,-1"],
  });
});
afterAll(async () => {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("every command of the API, against one server", () => {
  it("ingests and shows snapshots", async () => {
    await follow("ingest", "january", "--as-of", "2024-01-31");
    await follow("ingest", "february", "--as-of", "2024-02-29");
    expect(await follow("materialize", "--as-of", "2024-02-29")).toMatch(/\nSUCCEEDED in/);

    await app.client.query("mutation { scanDeliveries }");
    const deliveries = await until("a worker has looked", async () => {
      const shown = await ok("deliveries");
      return /^january /m.test(shown) && shown;
    });
    expect(header(deliveries)).toEqual(["SOURCE", "SIZE", "MODIFIED", "LAST RUN", "STATUS", "LACKS"]);
    expect(deliveries).toMatch(/^january +[\d.,]+ k?B +2.* {2}SUCCEEDED$/m);

    const listed = await ok("snapshots");
    expect(header(listed)).toEqual([
      "AS OF",
      "REVISION",
      "STATE",
      "CREATED",
      "ROWS",
      "LATE EVENTS",
      "SHA256",
      "LABELS OF",
    ]);
    expect(listed).toMatch(
      /\n2024-02-29 +1 {2}PUBLISHED {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+ +0 {2}[0-9a-f]{64} {2}churn\n/,
    );
    expect(await ok("snapshots show", "2024-01-31")).toMatch(/\nFILE +ROWS +SIZE\n/);
    const diff = await ok("snapshots diff", "2024-01-31", "2024-02-29");
    expect(diff).toMatch(/^VIEW +ADDED +REMOVED +CHANGED +UNCHANGED\n/);
    expect(diff).toMatch(/\npayments_agg_90d +0 +0 +200 +0\n/);
    const profile = await ok("snapshots profile", "payments_agg_90d", "2024-01-31");
    expect(profile).toMatch(/^FEATURE +ROWS +MISSING +DISTINCT +MEAN +DEVIATION +MIN +MAX\n/);
    expect(profile).toMatch(/\nfailed_payments_90d +200 +\d+ /);
    const missing = await run("snapshots show", "2023-01-31");
    expect([missing.code, missing.err]).toEqual([
      1,
      "asof: SNAPSHOT_NOT_FOUND: there is no snapshot 2023-01-31\n",
    ]);
  });

  it("shows a page, and how to ask for the next", async () => {
    const { out, err, code } = await run("snapshots", "--limit", "1");
    expect(out.trim().split("\n")).toHaveLength(2);
    const [, cursor] = /^1 of 2; the next ones: --after (\S+)\n$/.exec(err)!;
    expect(code).toBe(0);
    expect(await ok("snapshots", "--limit", "1", "--after", cursor!)).toContain("2024-01-31");
  });

  it("trains, tunes, compares and reproduces", async () => {
    const trained = await follow("train", "--as-of", "2024-01-31", "--algorithm", "logistic-regression");
    expect(trained).toMatch(/, version 1\n$/);
    const id = runIdIn(trained);
    expect(await follow("reproduce", id)).toMatch(/\nSUCCEEDED/);
    expect(
      await follow("tune", "--as-of", "2024-01-31", "--algorithm", "LOGISTIC_REGRESSION", "--trials", "2"),
    ).toMatch(/, version 2\n$/);
    const compare = ["--as-of", "2024-02-29", "--candidates", "logistic-regression,random-forest"];
    const [queued] = await json("compare", ...compare);
    expect(queued).toMatchObject({ kind: "TRAIN_AND_COMPARE", actor: "ann" });
    const compared = await ok("run", queued.id, "--follow");
    expect(compared).toMatch(/\nSUCCEEDED/);

    const shown = await ok("run", id);
    expect(shown).toMatch(/\nkind +TRAIN\n/);
    expect(shown).toMatch(/\nSTEP +STATUS +TOOK\nfit +SUCCEEDED +\d+\.\d\d s\n/);
    expect(await ok("runs", id)).toBe(shown);
    expect(header(await ok("compare-runs", id, queued.id))).toEqual([
      "NAME",
      id.slice(0, 8),
      queued.id.slice(0, 8),
      "DIFFERS",
    ]);
    expect((await json("runs", "--kinds", "train,reproduce", "--limit", "2"))[0].kind).toMatch(
      /TRAIN|REPRODUCE/,
    );
    const misplaced = await run("runs", id, "--status", "failed");
    expect([misplaced.code, misplaced.err]).toEqual([
      2,
      "asof: --status is for the list\nTry: asof runs --help\n",
    ]);
  });

  it("promotes, rolls back, describes and deletes versions", async () => {
    await ok("promote", "1", "--force", "--reason", "first");
    await ok("promote", "2", "--force", "--reason", "second");
    expect(await ok("rollback", "--reason", "worse")).toMatch(/^churn version 1 is PRODUCTION\n/);
    expect(await ok("canary start", "2", "0.25", "--min-rows", "10")).toMatch(
      /^CANARY +MODEL .*\n +\d+ +churn +2 +1 +0\.25 +/,
    );
    expect(await ok("canary show", "churn")).toMatch(
      /CHAMPION(.|\n)*CHALLENGER(.|\n)*\nCanaries\nCANARY +MODEL /,
    );
    expect(await ok("canary end", "--reason", "enough")).toMatch(/ENDED +enough\n/);
    expect(await ok("canary show", "churn")).toMatch(/\nCanaries\nCANARY +MODEL /);
    expect(await ok("alias set", "champion", "1")).toBe("it is version 1 of churn\n");
    await ok("models describe", "--description", "who leaves", "--tags", '{"team":"growth"}');
    expect(await ok("models")).toMatch(/^MODEL .*\nchurn +1 .*champion +who leaves\n/);
    expect(await ok("models show", "churn")).toMatch(/\nAliases\nALIAS +VERSION .*\nchampion +1 {2}ann/);
    expect(await ok("alias remove", "champion")).toBe("it was version 1 of churn\n");
    expect(header(await ok("versions", "churn"))).toEqual([
      "VERSION",
      "STAGE",
      "ALGORITHM",
      "CREATED",
      "AS OF",
      "AUC",
      "SERVABLE",
    ]);
    expect(await ok("models check", "churn", "2")).toMatch(/min_auc/);
    expect(await ok("models compare", "churn", "1", "2")).toMatch(/auc/);
    expect(await ok("snapshots drift", "--model", "churn")).toMatch(
      /^AS OF +FEATURE +PSI +DRIFTED +AGAINST +PENDING\n2024-0/,
    );
    expect(await ok("versions show", "churn", "1")).toMatch(
      /\nTransitions\nAT .*\n.*ARCHIVED +PRODUCTION +ann/,
    );
    const deleted = await run("versions delete", "1");
    expect([deleted.code, deleted.err]).toEqual([1, expect.stringMatching(/^asof: CONFLICT: /)]);
  });

  it("serves features and predictions", async () => {
    const features = await ok("features", "U-00003");
    expect(features).toMatch(/^FEATURE +VALUE +STATUS +VIEW +EVENT\n/);
    expect(features).toMatch(/\nfailed_payments_90d +2 +PRESENT +payments_agg_90d +2024-02-29\n/);
    const rows = join(folder, "rows.json");
    writeFileSync(rows, JSON.stringify([{ userId: "U-00003", asOf: "2024-01-31" }]));
    const [historical] = await json("historical-features", `@${rows}`);
    expect(historical.json.failed_payments_90d).toBe(1);
    const [predicted] = await json("predict", "U-00003");
    const explained = await ok("explain", "U-00003");
    expect(explained).toContain(`U-00003: ${predicted.prediction} (probability ${predicted.probability}, `);
    expect(explained).toMatch(/\nFEATURE +VALUE +CONTRIBUTION\n/);
    const many = await ok("predict-many", "U-00003", "nobody");
    expect(many).toMatch(/\nU-00003 +[01] +0\.\d+ +churn +1\n/);
    expect(many).toMatch(/\nnobody .*unknown user/);
    const pushed = await ok(
      "push",
      "payments_agg_90d",
      '[{"userId":"U-00003","asOf":"2024-03-01","values":{"failed_payments_90d":7}}]',
    );
    expect(pushed).toMatch(/\naccepted +1\n/);
    expect(await ok("features", "U-00003")).toMatch(/\nfailed_payments_90d +7 /);
    expect(header(await ok("views"))).toContain("MATERIALIZED");
    expect(await ok("views show", "payments_agg_90d")).toMatch(/\nFEATURE +TYPE/);
    expect(await ok("views status")).toMatch(/payments_agg_90d +200 /);
    expect(header(await ok("services"))).toContain("LABEL");
    expect(await ok("services show", "churn")).toMatch(/\ntask +BINARY\n/);
    expect((await run("users", "--limit", "1")).out).toBe("KEY\nU-00000\n");
    const key = '{"user_id":"U-00003"}';
    expect(await ok("predict-for", "churn", key)).toContain(`${key}: ${predicted.prediction} (probability `);
    const listed = await run("entity-rows", "user", "--search", "U-0000", "--limit", "1");
    expect([listed.out, listed.err]).toEqual([
      expect.stringMatching(/^KEY +ATTRIBUTES\n\{"user_id":"U-00000"\} +\{"signup_date":/),
      expect.stringMatching(/^1 of 10; the next ones: --after /),
    ]);
    expect(await ok("entity-row", "user", key)).toMatch(/^\{"signup_date".*\nFEATURE +VALUE +STATUS/);
    const nobody = await run("entity-row", "user", '{"user_id":"nobody"}');
    expect([nobody.code, nobody.err]).toEqual([
      1,
      'asof: ENTITY_ROW_NOT_FOUND: there is no entity row user {"user_id":"nobody"}\n',
    ]);
    expect(header(await ok("predictions", "--key", "U-00003"))).toContain("PROBABILITY");
  });

  it("downloads what an export left, to the folders that DuckDB reads, whole or not at all", async () => {
    const out = await follow("export", "--as-of-from", "2024-01-31", "--formats", "hive");
    const id = runIdIn(out);
    const to = join(folder, "exported");
    const path = join(to, "training_set/as_of=2024-01-31/part-0.parquet");
    expect(await ok("download", id, "--to", to)).toBe(`${path}\n`);
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, 4).toString()).toBe("PAR1");
    expect(await ok("download", id, "--to", to)).toBe(`${path} (unchanged)\n`);
    writeFileSync(path, "spoilt");
    const [file] = await json("download", id, "--to", to, "--only", "training_set/");
    expect([file.path, readFileSync(path).equals(bytes)]).toEqual([path, true]);
    const none = await run("download", id, "--to", to, "--only", "report");
    expect([none.code, none.err]).toEqual([
      1,
      expect.stringContaining('no file of the run begins with "report"'),
    ]);
    const nobody = await run("download", "00000000-0000-4000-8000-000000000000", "--to", to);
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining("no run has the id")]);
  });

  it("exports, checks parity and drift", async () => {
    expect(await follow("export", "--as-of-from", "2024-01-31", "--formats", "csv")).toMatch(/\nSUCCEEDED/);
    expect(await follow("parity")).toMatch(/\nSUCCEEDED/);
    expect(await follow("drift", "--from", "2024-01-31", "--to", "2024-02-29")).toMatch(/\nSUCCEEDED/);
  });

  it("cancels, retries and deletes runs", async () => {
    const failed = await run("ingest", "broken", "--as-of", "2024-03-31", "--follow");
    expect(failed.code).toBe(1);
    const id = runIdIn(failed.out);
    const cancelled = await run("cancel", id);
    expect([cancelled.code, cancelled.err]).toEqual([1, expect.stringMatching(/^asof: RUN_NOT_CANCELLABLE/)]);
    const retried = await run("retry", id, "--follow");
    expect([retried.code, retried.out]).toEqual([1, expect.stringMatching(/FAILED in .*VALIDATION_FAILED/)]);
    expect(await ok("delete-run", id)).toMatch(/^RUN +EVENTS +METRICS +ARTIFACTS +FREED\n/);
    expect(await ok("run-retention", "--keep-days", "30")).toMatch(
      /^0 runs that ended before \S+ would be deleted, with 0 artifacts and 0 bytes\n$/,
    );
  });

  it("sets, pauses, resumes, runs and deletes schedules", async () => {
    const params = '{"from":"2024-01-31","to":"2024-02-29"}';
    const set = await ok(
      "schedules set",
      "nightly",
      "--cron",
      "0 3 * * *",
      "--kind",
      "drift",
      "--params",
      params,
    );
    expect(set).toMatch(/^SCHEDULE +CRON +ZONE +KIND +STATE +LAST +NEXT +PARAMS\n/);
    expect(set).toMatch(/\nnightly +0 3 \* \* \* +UTC +DRIFT +active .*T03:00:00Z/);
    expect(await ok("schedules pause", "nightly")).toMatch(/ paused /);
    expect(await ok("schedules resume", "nightly")).toMatch(/ active /);
    expect(await follow("schedules run", "nightly")).toMatch(/\nSUCCEEDED/);
    expect(header(await ok("schedules firings", "nightly"))).toEqual(["SCHEDULED FOR", "RUN", "STATUS"]);
    expect(await ok("schedules")).toContain("nightly");
    await ok("schedules delete", "nightly");
    expect(await ok("schedules")).not.toContain("nightly");
  });

  it("sets, tests and deletes alert rules, and lists and retries what they sent", async () => {
    const receiver = createServer((_request, response) => response.writeHead(204).end());
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const { port } = receiver.address() as AddressInfo;
    const options = JSON.stringify({ url: `http://127.0.0.1:${port}`, format: "SLACK" });
    const rule = ["--on", "drift", "--channel", "webhook", "--options", options];
    expect(await ok("alerts set", "on-call", ...rule)).toContain("on-call");
    expect(await ok("alerts")).toContain("on-call");
    expect(await ok("alerts test", "on-call")).toContain("DELIVERED");
    const [sent] = await json("alerts deliveries");
    expect(sent).toMatchObject({ rule: "on-call", event: "TEST", state: "DELIVERED" });
    // What was taken is not sent again.
    expect(await run("alerts retry", sent.id)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/CONFLICT/),
    });
    await ok("alerts delete", "on-call");
    expect(await ok("alerts")).not.toContain("on-call");
    receiver.close();
  });

  it("tracks a run and a model made elsewhere", async () => {
    expect(header(await ok("experiments"))).toContain("MADE BY");
    expect(await ok("experiments show", "Default")).toMatch(/^experiment +Default\nstate +ACTIVE\n/);
    const [created] = await json("create-run", "--name", "elsewhere", "--params", '{"depth":6}');
    await ok("log-metrics", created.id, '[{"name":"loss","value":0.5}]');
    await ok("log-params", created.id, '{"rate":0.1}');
    const [version] = await json("versions show", "churn", "1");
    const [trained] = await json("run", version.run.id);
    const { url } = trained.artifacts.find(({ name }: { name: string }) => name.endsWith(".onnx"));
    const model = await fetch(new URL(url, app.asof.address));
    const file = join(folder, "model.onnx");
    writeFileSync(file, Buffer.from(await model.arrayBuffer()));
    expect(await ok("log-artifact", created.id, file, "--name", "model.onnx")).toMatch(/\nmodel\.onnx /);
    expect(await ok("register-model", created.id, "--as-of", "2024-01-31")).toMatch(/\nMETRIC +VALUE\n/);
    const [other] = await json("create-run");
    await ok("finish-run", other.id, "--status", "failed", "--reason", "no data");
    await ok("update-run", other.id, "--note", "to be tried again");
    expect(await ok("run", other.id)).toMatch(/\nstatus +FAILED\n/);
  });

  it("joins features to a file, and says what is wrong with one", async () => {
    const [file, out] = [join(folder, "asked.csv"), join(folder, "joined.parquet")];
    writeFileSync(file, "user_id,as_of\nU-00001,2024-01-31\nnobody,2024-01-31\n");
    expect(await ok("join", file, "--service", "churn", "--out", out)).toBe(`${out}\n`);
    const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(out)).buffer });
    expect(rows.map(({ user_id }) => user_id)).toEqual(["U-00001", "nobody"]);
    writeFileSync(file, "user_id,as_of\nU-00001,yesterday\n");
    const refused = await run("join", file, "--out", join(folder, "none.parquet"));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/BAD_USER_INPUT: row 2: as_of: a date such as 2024-01-31/);
    expect(existsSync(join(folder, "none.parquet"))).toBe(false);
    expect((await run("join", join(folder, "asked.txt"), "--out", out)).code).toBe(2);
  });

  it("says what the deployment is, and how it is doing", async () => {
    expect(await ok("health")).toMatch(/^status +OK\n/);
    expect(await ok("whoami")).toMatch(/^actor +ann\nrole +ADMIN\nopen +yes/);
    expect(await ok("deployment")).toMatch(/^deployment +testing\n/);
  });

  it("says who did what", async () => {
    expect(await ok("audit", "--by", "ann", "--action", "train", "--limit", "1000")).toMatch(
      /^AT +ACTOR +ACTION +SUBJECT +OUTCOME.*ENTRY\n\S+ +ann +train /,
    );
  });

  it("withdraws a snapshot and drops old rows", async () => {
    expect(await ok("retention", "--until", "2024-02-01")).toMatch(
      /^AS OF +OUTCOME +SNAPSHOTS +REASON\n2024-01-31 /,
    );
    const events = await run("event-retention");
    expect([events.code, events.err]).toEqual([
      expect.any(Number),
      expect.stringContaining("no source declares a retention of its events, so all are kept"),
    ]);
    const withdrawn = await run("snapshots withdraw", "2024-02-29", "--reason", "a trial", "--follow");
    expect([withdrawn.code, withdrawn.out]).toEqual([0, expect.stringMatching(/\nSUCCEEDED/)]);
  });

  it("trains by the programs that the deployment declares", async () => {
    const refused = await run("train-externally", "elsewhere", "--as-of", "2024-03-31");
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.err).toContain('no training command is named "elsewhere"; known: none');
  });

  it("has windows computed where the deployment has any", async () => {
    for (const words of [
      ["resnapshot", "2024-02-29"],
      ["backfill", "2023-01-01", "2023-02-01", "--every", "MONTH"],
    ]) {
      const refused = await run(words[0]!, ...words.slice(1));
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining("no view of this deployment has window features"),
      ]);
    }
  });

  it("erases a person who is named with --yes, and lets them come back", async () => {
    const reach = await ok("erase dry-run", "U-00004");
    expect(reach).toMatch(/^kept out +no\n\nWould be removed\nPLACE +ROWS\n/);
    expect(reach).toMatch(/\nusers +1\n/);
    expect(reach).toMatch(/\nSnapshots\nAS OF +REVISION\n/);
    const refused = await run("erase", "U-00004", "--reason", "a trial");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("say --yes")]);
    const erased = await run("erase", "U-00004", "--reason", "a trial", "--yes", "--follow");
    expect([erased.code, erased.out]).toEqual([0, expect.stringMatching(/\nSUCCEEDED/)]);
    expect(await ok("erase lift", "U-00004", "--reason", "a new contract")).toMatch(/^lifted +\d/);
  });

  it("was all of them", () => {
    expect(apiCommands.map(({ name }) => name).filter((name) => !ran.has(name))).toEqual([]);
  });
});

describe("what the server refuses", () => {
  it.each([
    [
      ["train", "--as-of", "2024-13-01"],
      /^asof: --as-of "2024-13-01": a calendar date was expected, .*\nTry: asof train --help\n$/,
    ],
    [["train", "--as-of", "2024-01-31", "--test-fraction", "3"], /^asof: --test-fraction: 3 is out of range/],
    [["snapshots", "show", "yesterday"], /^asof: <as-of> "yesterday": a calendar date was expected/],
    [["drift", "--from", "2024-01-31", "--served-since", "x"], /^asof: --served-since "x": /],
    [["historical-features", '[{"userId":"a"}]'], /^asof: <rows>\[0\] .*"asOf"/],
  ])("%j is explained by the option's name, and ends with 2", async (args, message) => {
    const { code, err } = await asofHere(args, { ASOF_URL: app.asof.address });
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  it("has the same answers and exit codes in a process of its own", async () => {
    const env = { ASOF_URL: app.asof.address, ASOF_ACTOR: "ann" };
    const lines = [
      ["runs", "--limit", "1"],
      ["run", "nothing"],
      ["train", "--as-of", "yesterday"],
    ];
    const [done, failed, unusable] = await Promise.all(lines.map((line) => asof(line, env)));
    expect(await Promise.all(lines.map((line) => asofHere(line, env)))).toEqual([done, failed, unusable]);
    expect([done!.code, failed!.code, unusable!.code]).toEqual([0, 1, 2]);
  });

  it("as bin/asof.mjs follows until a signal ends it, with the code that a shell gives", async () => {
    cpSync("bin", join(folder, "bin"), { recursive: true });
    symlinkSync(resolve(".test-dist"), join(folder, "dist"));
    const child = spawn(process.execPath, [join(folder, "bin/asof.mjs"), "runs", "--follow"], {
      env: { ...process.env, ASOF_URL: app.asof.address },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk;
    });
    try {
      await until("it shows what happens", async () => {
        await json("create-run");
        return out.includes(" EXTERNAL ");
      });
      child.kill("SIGINT");
      expect(await ended).toEqual([130, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("shows times in the machine's zone where it is asked to", async () => {
    const env = { ASOF_URL: app.asof.address, TZ: "Asia/Kolkata" };
    const { out } = await asof(["snapshots", "--local"], env);
    expect(out).toMatch(/ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30 /);
  });
});
