import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster, waitsFor } from "../support/cluster.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

/** `npm run test:faults`: at each table that an upload writes. Else at the last, where all of it is done but committed. */
const TABLES =
  process.env.FAULTS === "all"
    ? ["artifact_pieces", "artifact_blobs", "artifacts", "run_events"]
    : ["run_events"];
const MEBIBYTE = 1 << 20;
const FIRST = Buffer.from("the file as it was");
const SECOND = Buffer.alloc(5 * MEBIBYTE + 17, "second ");

let cluster: Cluster;
/** Never killed. */
let other: TestProcess;
/** Below `mlflow-artifacts:/`, of a run. */
let root: string;

const addressOf = (process: TestProcess, place: string): string =>
  `${process.client.address}/mlflow/api/2.0/mlflow-artifacts/artifacts/${place}`;
const put = (process: TestProcess, place: string, body: Buffer): Promise<number> =>
  fetch(addressOf(process, place), { method: "PUT", body: new Uint8Array(body) }).then(
    ({ status }) => status,
  );
const read = async (place: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(addressOf(other, place))).arrayBuffer());

beforeAll(async () => {
  cluster = await startCluster();
  other = await cluster.start("api");
  const made = await fetch(`${other.client.address}/mlflow/api/2.0/mlflow/runs/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ experiment_id: "0" }),
  });
  const { run } = (await made.json()) as { run: { info: { artifact_uri: string } } };
  root = run.info.artifact_uri.replace("mlflow-artifacts:/", "");
});
afterAll(() => cluster?.stop());

/** What is stored of files: names with their bytes, and what nobody names. */
async function stored() {
  const [found] = await cluster.sql(`
    select (select json_agg(json_build_array(name, bytes) order by name) from artifacts) as files,
      (select count(*)::int from artifact_blobs) as blobs, (select count(*)::int from artifact_uploads) as uploads,
      (select count(*)::int from artifact_pieces p where not exists (select 1 from artifact_blobs b where b.upload = p.upload)
        and not exists (select 1 from artifact_uploads u where u.id = p.upload)) as orphans`);
  return found!;
}

/** As after the minutes in which nobody sent a piece. */
const minutesPass = () =>
  cluster.sql("update artifact_uploads set touched_at = touched_at - interval '10 minutes'");

/** The same file again, to a process that lives: it is whole, and nothing is left of the upload that was cut off. */
async function goesOnElsewhere(place: string): Promise<void> {
  await minutesPass();
  expect(await put(other, place, SECOND)).toBe(200);
  expect((await read(place)).equals(SECOND)).toBe(true);
  expect(await stored()).toMatchObject({ uploads: 0, orphans: 0 });
}

it("a process that is killed in the middle of an upload leaves the file that was there, whole", {
  timeout: 120_000,
}, async () => {
  const place = `${root}/half/model.bin`;
  expect(await put(other, place, FIRST)).toBe(200);
  const before = await stored();
  const victim = await cluster.start("api");
  const socket = await sendHalf(victim, place);
  await until("pieces have come", async () => (await stored()).uploads === 1);
  await victim.kill();
  socket.destroy();
  expect((await read(place)).equals(FIRST)).toBe(true);
  expect(await stored()).toMatchObject({ files: before.files, blobs: before.blobs, orphans: 0 });
  await goesOnElsewhere(place);
});

it("what a killed process left of an upload goes when the next one starts; an upload that goes on stays", {
  timeout: 120_000,
}, async () => {
  const victim = await cluster.start("api");
  const dead = await sendHalf(victim, `${root}/dead.bin`);
  await until("pieces have come", async () => (await stored()).uploads === 1);
  await victim.kill();
  dead.destroy();
  await minutesPass();
  const alive = await sendHalf(other, `${root}/alive.bin`);
  await until("the dead one was swept for the living one", async () => (await stored()).uploads === 1);
  const next = await cluster.start("api");
  expect(await stored()).toMatchObject({ uploads: 1, orphans: 0 });
  alive.destroy();
  await until("the client of the other gave up", async () => (await stored()).uploads === 0);
  await next.kill();
});

it.each(TABLES)("killed before it writes %s, it has written nothing", { timeout: 120_000 }, async (table) => {
  const place = `${root}/at-${table}.bin`;
  expect(await put(other, place, FIRST)).toBe(200);
  const before = await stored();
  const victim = await cluster.start("api");
  const session = await cluster.session();
  await session.query("begin");
  await session.query(`lock table ${table} in share mode`);
  const sent = put(victim, place, SECOND).catch(() => "cut off");
  await waitsFor(cluster.sql, table);
  await victim.kill();
  await session.query("rollback");
  expect(await sent).toBe("cut off");
  await until("its sessions have ended", async () => {
    const rows = await cluster.sql("select 1 from pg_locks where relation = $1::regclass and not granted", [
      table,
    ]);
    return rows.length === 0;
  });
  expect((await read(place)).equals(FIRST)).toBe(true);
  expect(await stored()).toMatchObject({ files: before.files, blobs: before.blobs, orphans: 0 });
  await goesOnElsewhere(place);
});

/** Three of eight mebibytes, and no more. */
function sendHalf(to: TestProcess, place: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(addressOf(to, place));
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(`PUT ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${8 * MEBIBYTE}\r\n\r\n`);
  return new Promise((resolve) => socket.write(Buffer.alloc(3 * MEBIBYTE, "x"), () => resolve(socket)));
}
