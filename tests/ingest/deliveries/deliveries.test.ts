import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Listener } from "../../../src/db/listener.js";
import { createPool } from "../../../src/db/pool.js";
import { DeliveryStore } from "../../../src/ingest/deliveries/delivery-store.js";
import { DeliveryWatch } from "../../../src/ingest/deliveries/delivery-watch.js";
import { roleOf } from "../../../src/resolvers/needs.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { testing } from "../../support/deployment/testing.js";
import { until } from "../../support/until.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.stop());

interface Listed {
  name: string;
  bytes: number;
  files: { source: string; name: string; bytes: number }[];
  modifiedAt: string;
  scannedAt: string;
  lastRun: { id: string; status: string } | null;
}
const LIST = `query ($first: Int! = 50, $after: String) { deliveries(first: $first, after: $after) {
  nodes { name bytes files { source name bytes } modifiedAt scannedAt lastRun { id status } }
  pageInfo { hasNextPage endCursor } scannedAt problem } }`;

const list = async (variables = {}) => (await app.client.query(LIST, variables)).deliveries;

/** What workers see from now on. */
async function looked(): Promise<{ nodes: Listed[]; problem: string | null; scannedAt: string }> {
  const { scanDeliveries } = await app.client.query("mutation { scanDeliveries }");
  await until("a worker has looked", async () => {
    const [last] = await app.sql("select began_at from delivery_scan");
    return last && last.began_at >= new Date(scanDeliveries);
  });
  return list();
}
const names = ({ nodes }: { nodes: Listed[] }) => nodes.map(({ name }) => name);

/** Written then, as far as the file system knows. */
function deliver(name: string, users: number, at: string) {
  const files = smallDelivery(userIds(users));
  writeDelivery(app.dataDir, name, files);
  for (const source of Object.keys(files))
    utimesSync(join(app.dataDir, name, `${source}.csv`), new Date(at), new Date(at));
}

describe("deliveries", () => {
  it("is empty, and says when a worker looked, where there is nothing", async () => {
    const found = await looked();
    expect(found).toMatchObject({ nodes: [], problem: null });
    expect(new Date(found.scannedAt).getTime()).toBeGreaterThan(0);
  });

  it("lists a folder that appears, with its files, and what became of it, the newest first", async () => {
    deliver("january", 6, "2024-02-01T00:00:00Z");
    deliver("february", 6, "2024-03-01T00:00:00Z");
    const found = await looked();
    expect(names(found)).toEqual(["february", "january"]);
    expect(found.nodes[1]).toMatchObject({ modifiedAt: "2024-02-01T00:00:00.000Z", lastRun: null });
    expect(found.nodes[1]!.files).toHaveLength(testing.sources.length);
    const users = found.nodes[1]!.files.find(({ source }) => source === "users")!;
    expect(users.name).toBe("users.csv");
    expect(found.nodes[1]!.bytes).toBe(found.nodes[1]!.files.reduce((sum, { bytes }) => sum + bytes, 0));
    const run = await app.client.ingest("january", "2024-01-31");
    await app.client.ingest("january", "2024-01-31");
    const last = await app.client.ingest("january", "2024-01-31");
    const { nodes } = await list();
    expect(nodes.map(({ lastRun }: Listed) => lastRun)).toEqual([null, { id: last.id, status: "SUCCEEDED" }]);
    expect(last.id).not.toBe(run.id);
  });

  it("follows a folder that grows, and one that is gone", async () => {
    const before = (await looked()).nodes.find(({ name }) => name === "january")!;
    deliver("january", 60, "2024-04-01T00:00:00Z");
    const grown = await looked();
    expect(names(grown)).toEqual(["january", "february"]);
    expect(grown.nodes[0]!.bytes).toBeGreaterThan(before.bytes);
    rmSync(join(app.dataDir, "january"), { recursive: true });
    expect(names(await looked())).toEqual(["february"]);
  });

  it("gives pages that neither repeat nor leave out", async () => {
    for (const day of [1, 2, 3]) deliver(`page_${day}`, 2, "2024-02-02T00:00:00Z");
    await looked();
    const read: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: any = await list({ first: 2, after });
      read.push(...names(page));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(read).toEqual(["february", "page_3", "page_2", "page_1"]);
    expect((await app.client.query("{ deliveries(first: 1) { totalCount } }")).deliveries.totalCount).toBe(4);
    for (const day of [1, 2, 3]) rmSync(join(app.dataDir, `page_${day}`), { recursive: true });
  });

  it("refuses what is no page of it", async () => {
    const codes = [];
    for (const given of ["first: 0", "first: 1001", 'after: "x"', 'after: "WyJhIiwiYiJd"'])
      codes.push((await app.client.error(`{ deliveries(${given}) { nodes { name } } }`)).code);
    expect(codes).toEqual(Array(4).fill("BAD_USER_INPUT"));
    expect([roleOf("Query.deliveries"), roleOf("Mutation.scanDeliveries")]).toEqual(["viewer", "operator"]);
  });

  it("leaves out what an ingest would refuse", async () => {
    const outside = join(app.dataDir, "..", `outside-${process.pid}`);
    writeDelivery(outside, ".", smallDelivery(userIds(2)));
    try {
      for (const name of ["two words", "übergrößen", "..dots", "-dash", "a..b", "x".repeat(101)])
        writeDelivery(app.dataDir, name, smallDelivery(userIds(2)));
      const { labels: _, ...without } = smallDelivery(userIds(2));
      writeDelivery(app.dataDir, "half", without);
      writeDelivery(app.dataDir, "twice", smallDelivery(userIds(2)));
      writeFileSync(join(app.dataDir, "twice", "users.csv.gz"), "");
      writeFileSync(join(app.dataDir, "a_file"), "");
      mkdirSync(join(app.dataDir, "empty"));
      symlinkSync(outside, join(app.dataDir, "link_outside"));
      symlinkSync(join(app.dataDir, "february"), join(app.dataDir, "link_inside"));
      symlinkSync("nowhere", join(app.dataDir, "link_broken"));
      expect(names(await looked())).toEqual(["link_inside", "february"]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("keeps what it had while the directory is gone, says why, and goes on when it is back", async () => {
    const away = `${app.dataDir}-away`;
    const before = await looked();
    renameSync(app.dataDir, away);
    const gone = await looked();
    expect(gone.problem).toMatch(
      /^deliveries of the scheme folder cannot be listed: the data directory .*ENOENT/,
    );
    expect(names(gone)).toEqual(names(before));
    expect(gone.scannedAt).toBe(before.scannedAt);
    renameSync(away, app.dataDir);
    expect(await looked()).toMatchObject({ problem: null });
  });
});

describe("workers that look", () => {
  /** Two processes' watches over one database; what they log. */
  async function watches(dataDir: string, count: number) {
    const pool = createPool(app.url, 4);
    const listener = new Listener(app.url);
    const said: string[] = [];
    const logger = {
      warn: (_: object, text: string) => void said.push(`warn ${text}`),
      info: (_: object, text: string) => void said.push(`info ${text}`),
    };
    const context = { dataDir, sources: testing.sources };
    const all = Array.from(
      { length: count },
      () => new DeliveryWatch(pool, listener, logger as never, context),
    );
    const stop = async () => {
      await Promise.all(all.map((watch) => watch.stop()));
      await pool.end();
    };
    return { all, said, stop, store: new DeliveryStore(pool) };
  }

  it("agree, though two look at once and each is asked again and again", async () => {
    const { all, said, stop, store } = await watches(app.dataDir, 2);
    const asked = await store.now();
    for (let i = 0; i < 20; i++) {
      for (const watch of all) watch.look();
      await setImmediate();
    }
    await until("both have looked", async () => (await store.lastScan())!.scannedAt! >= asked);
    await stop();
    expect(said).toEqual([]);
    expect(names(await list())).toEqual(["link_inside", "february"]);
  });

  it("leave alone what a look that began later has written", async () => {
    const { stop, store } = await watches(app.dataDir, 0);
    const old = { name: "of_before", files: [], modifiedAt: null };
    const beganAt = new Date((await store.now()).getTime() - 3_600_000);
    await store.save({ beganAt, byScheme: new Map([["folder", [old]]]), problem: null });
    await stop();
    expect(names(await list())).toEqual(["link_inside", "february"]);
  });

  it("log a problem once, and once that it is over", async () => {
    const missing = join(app.dataDir, "not-there-yet");
    const { all, said, stop, store } = await watches(missing, 1);
    for (let i = 0; i < 3; i++) {
      const asked = await store.now();
      all[0]!.look();
      const began = async () => (await app.sql("select began_at from delivery_scan"))[0]!.began_at;
      await until("it has looked", async () => (await began()) >= asked);
    }
    mkdirSync(missing);
    all[0]!.look();
    await until("it is over", () => said.length > 1);
    await stop();
    rmSync(missing, { recursive: true });
    expect(said).toEqual([expect.stringMatching(/^warn .*ENOENT/), "info deliveries can be listed again"]);
  });

  it("look through thousands of folders and list those that are deliveries", async () => {
    const many = join(app.dataDir, "many");
    mkdirSync(many);
    for (let i = 0; i < 2_000; i++) mkdirSync(join(many, `day_${i}`));
    writeDelivery(many, "day_1999", smallDelivery(userIds(2)));
    const { all, said, stop } = await watches(many, 1);
    const since = performance.now();
    all[0]!.look();
    await until("they are listed", async () => names(await list()).join() === "day_1999");
    // Bounded, not fast: it is done once a minute.
    expect(performance.now() - since).toBeLessThan(20_000);
    await stop();
    expect(said).toEqual([]);
    rmSync(many, { recursive: true });
  }, 60_000);
});
