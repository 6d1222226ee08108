import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { asof } from "../support/cli.js";
import { startIngest } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { startProcess, type TestProcess } from "../support/process.js";

let folder: string;
let file: string;
const running: TestProcess[] = [];
const home = (name: string) => join(folder, name);
const env = (name: string) => ({ ASOF_HOME: home(name), DATA_DIR: join(folder, "data"), DATABASE_URL: "" });

async function start(name: string): Promise<TestProcess> {
  const started = await startProcess(env(name));
  running.push(started);
  return started;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-backup-"));
  chmodSync(folder, 0o711); // as root, the server runs as another user
  file = join(folder, "asof.backup");
  const users = userIds(1_000);
  writeDelivery(join(folder, "data"), "month_000", smallDelivery(users));
  writeDelivery(join(folder, "data"), "month_001", smallDelivery(users.slice(0, 800)));
});
afterEach(async () => {
  for (const process of running.splice(0)) if (process.child.exitCode === null) await process.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a database answers: snapshots with their hashes, verified against its rows by reading them all. */
async function answers({ client }: TestProcess) {
  const { snapshots } = await client.query(
    "{ snapshots { nodes { asOf revision contentSha256 rowCount } } }",
  );
  const { users } = await client.query(
    '{ users(first: 500) { totalCount nodes { userId features { json } january: features(asOf: "2024-01-31") { json } } } }',
  );
  const { runs } = await client.query(
    '{ runs(where: { asOf: "2024-01-31" }) { nodes { id status events { id message } } } }',
  );
  return { january: snapshots.nodes.at(-1), users, runs };
}

describe("asof backup and restore", () => {
  it("brings back, elsewhere, what was published and trained, from a copy taken while it was written to", async () => {
    const first = await start("first");
    await first.client.ingest("month_000", "2024-01-31");
    const trained = await first.client.train({ asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
    const before = await answers(first);
    // The backup runs while the next month is published.
    const id = await startIngest(first.client, "month_001", "2024-02-29");
    const backedUp = await asof(["backup", file, "--json"], env("first"));
    expect(backedUp).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(backedUp.out)).toMatchObject({ file, files: expect.any(Number) });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await first.client.finished(id)).status).toBe("SUCCEEDED");
    const after = await answers(first);
    expect(await first.stop()).toBe(0);

    expect(await asof(["restore", file], env("second"))).toMatchObject({ code: 0, err: "" });
    const second = await start("second");
    // Whatever the second month had come to by then goes on here.
    const { runs } = await second.client.query('{ runs(where: { asOf: "2024-02-29" }) { nodes { id } } }');
    if (runs.nodes[0]) expect((await second.client.finished(id)).status).toBe("SUCCEEDED");
    const restored = await answers(second);
    expect(restored.january).toEqual(before.january);
    expect(restored.runs).toEqual(before.runs);
    expect(restored.users).toEqual(runs.nodes[0] ? after.users : before.users);
    const { reproduce } = await second.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: trained.id,
    });
    const { sha256 } = trained.result;
    expect(await second.client.finished(reproduce.id)).toMatchObject({ result: { identical: true, sha256 } });
    expect(await second.stop()).toBe(0);
  }, 180_000);

  it("sets a database that is there aside only when told to, and never one that runs", async () => {
    const refused = await asof(["restore", file], env("second"));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/there is a database in .* already: --force sets it aside/);
    const second = await start("second");
    const inUse = await asof(["restore", file, "--force"], env("second"));
    expect(inUse.code).toBe(1);
    expect(inUse.err).toMatch(/is in use: stop asof first/);
    await second.stop();
    const forced = await asof(["restore", file, "--force", "--json"], env("second"));
    expect(forced).toMatchObject({ code: 0, err: "" });
    expect(existsSync(JSON.parse(forced.out).setAside)).toBe(true);
  }, 120_000);

  it.each([
    ["cut off", (path: string) => truncateSync(path, statSync(path).size - 1000), /unexpected end of file/],
    ["damaged", (path: string) => damage(path), /incorrect data check|invalid|no archive/],
    ["no backup", (path: string) => writeFileSync(path, "hello"), /incorrect header check/],
    ["not there", (path: string) => rmSync(path), /ENOENT/],
  ])("changes nothing where the file is %s", async (_what, spoil, reason) => {
    const spoilt = join(folder, "spoilt.backup");
    writeFileSync(spoilt, readFileSync(file));
    spoil(spoilt);
    const place = join(home("second"), "postgres");
    const before = readdirSync(place);
    const { code, err } = await asof(["restore", spoilt, "--force"], env("second"));
    expect(err).toMatch(reason);
    expect(err).toContain(`${spoilt} cannot be restored`);
    expect(code).toBe(1);
    expect(readdirSync(place)).toEqual(before);
  });

  it("overwrites no file, and leaves a database of DATABASE_URL to PostgreSQL's tools", async () => {
    expect((await asof(["backup", file], env("second"))).err).toContain(
      `${file} is there already: --force replaces it`,
    );
    const { code, err } = await asof(["backup", `${file}.2`], { DATABASE_URL: "postgres://u:hunter2@h/d" });
    expect(code).toBe(1);
    expect(err).toBe("asof: DATABASE_URL is set: that server is backed up with pg_dump or pg_basebackup\n");
    expect((await asof(["backup", `${file}.2`], env("none"))).err).toMatch(/there is no database in /);
  });
});

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
}
