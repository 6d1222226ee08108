import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { testConfig } from "../../support/config.js";
import { testing as definitions } from "../../support/deployment/testing.js";
import { until } from "../../support/until.js";

const opened: Database[] = [];
const homes: string[] = [];

/** A home that does not exist yet. */
function newHome(name = "home"): string {
  const folder = mkdtempSync(join(tmpdir(), "asof-embedded-"));
  chmodSync(folder, 0o711); // as root, the server runs as another user
  homes.push(folder);
  return join(folder, name);
}

/** One whose database is made already: a copy of one that was stopped, as initialising takes a second of work. */
async function madeHome(name?: string): Promise<string> {
  const home = newHome(name);
  if (!made) {
    made = newHome();
    homes.pop();
    await close(await open(made));
  }
  execFileSync("cp", ["-a", made, home]);
  return home;
}
let made: string | undefined;

async function open(home: string): Promise<Database> {
  const database = await openDatabase(testConfig({ home }), definitions);
  opened.push(database);
  return database;
}

async function close(database: Database): Promise<void> {
  opened.splice(opened.indexOf(database), 1);
  await database.close();
}

const portOf = ({ url }: Database): number => Number(new URL(url).port);
const pidOf = (home: string): number =>
  Number(readFileSync(join(home, "postgres", "data", "postmaster.pid"), "utf8").split("\n")[0]);

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => socket.destroy() && resolve(true));
    socket.once("error", () => resolve(false));
  });

/** False for one that has ended and is only not yet collected by its parent. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("the embedded PostgreSQL", () => {
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
  });
  afterAll(() => {
    if (made) rmSync(dirname(made), { recursive: true, force: true });
  });

  it("is made on the first start, and keeps its data over a stop that leaves no process and no port", async () => {
    const home = newHome();
    const first = await open(home);
    const [pid, port] = [pidOf(home), portOf(first)];
    await first.pool.query("create table kept as select 42 as answer");
    await close(first);
    await until("the server has ended", () => !lives(pid));
    expect(await listens(port)).toBe(false);

    const second = await open(home);
    expect((await second.pool.query("select answer from kept")).rows).toEqual([{ answer: 42 }]);
  });

  it("listens on this machine's loopback only, on a free port", async () => {
    const database = await open(await madeHome());
    const settings = await database.pool.query(
      "select name, setting from pg_settings where name in ('listen_addresses', 'port') order by name",
    );
    expect(settings.rows).toEqual([
      { name: "listen_addresses", setting: "127.0.0.1" },
      { name: "port", setting: String(portOf(database)) },
    ]);
  });

  it("begins a cut-off initialisation again", async () => {
    const home = newHome();
    const gone = 2 ** 22 + 1; // above every process id of Linux
    for (const name of [`data.new-${gone}`, `data.new-${process.pid}.beef`]) {
      mkdirSync(join(home, "postgres", name), { recursive: true });
      writeFileSync(join(home, "postgres", name, "PG_VERSION"), "18\n");
    }
    const database = await open(home);
    expect((await database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    expect(readdirSync(join(home, "postgres")).filter((name) => name.includes(".new"))).toEqual([]);
  });

  it("runs beside that of another home, also in a folder with a blank in its name", async () => {
    const [one, other] = [await open(await madeHome()), await open(await madeHome("a b"))];
    expect(portOf(one)).not.toBe(portOf(other));
    await one.pool.query("create table mine ()");
    const { rows } = await other.pool.query("select to_regclass('mine') as mine");
    expect(rows).toEqual([{ mine: null }]);
  });

  it("is one for those who start at once, and stopped by the last one out", async () => {
    const home = newHome();
    const sharing = await Promise.all([open(home), open(home), open(home)]);
    expect(new Set(sharing.map(({ url }) => url)).size).toBe(1);
    const pid = pidOf(home);
    await close(sharing[0]!);
    await close(sharing[1]!);
    expect(lives(pid)).toBe(true);
    expect((await sharing[2]!.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await close(sharing[2]!);
    await until("the server has ended", () => !lives(pid));
  });

  it("stops when the last ones leave at once", async () => {
    const home = await madeHome();
    const sharing = [await open(home), await open(home)];
    const pid = pidOf(home);
    await Promise.all(sharing.map(close));
    await until("the server has ended", () => !lives(pid));
  });

  it("serves whoever comes while the last one leaves", async () => {
    const home = await madeHome();
    let present = await open(home);
    for (let round = 0; round < 5; round++) {
      const [, next] = await Promise.all([close(present), open(home)]);
      expect((await next.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
      present = next;
    }
  });

  it.runIf(process.getuid?.() === 0)(
    "runs from a shared folder when root's own is closed to its user, and keeps the data there",
    async () => {
      const home = newHome();
      chmodSync(dirname(home), 0o700);
      const first = await open(home);
      const shared = readlinkSync(join(home, "postgres"));
      try {
        await first.pool.query("create table kept as select 1 as one");
        await close(first);
        const again = await open(home);
        expect((await again.pool.query("select one from kept")).rows).toEqual([{ one: 1 }]);
        await close(again);
      } finally {
        rmSync(shared, { recursive: true, force: true });
      }
    },
  );

  it("says where it failed when the data folder is no database", async () => {
    const home = newHome();
    mkdirSync(join(home, "postgres", "data"), { recursive: true });
    writeFileSync(join(home, "postgres", "data", "asof-password"), "x");
    await expect(open(home)).rejects.toThrow(/the embedded PostgreSQL did not start/);
  });
});
