import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool, quote, withTransaction } from "../../../src/db/pool.js";
import {
  bool,
  type ColumnValue,
  date,
  float,
  int,
  string,
} from "../../../src/definitions/language/column.js";
import { deployment, featureView, source } from "../../../src/definitions/language/deployment.js";
import { materialize } from "../../../src/features/materialize.js";
import type { OnlineStore } from "../../../src/features/online/online-store.js";
import { PostgresOnlineStore } from "../../../src/features/online/postgres/postgres-online-store.js";
import { RedisLink } from "../../../src/features/online/redis/redis-link.js";
import { RedisOnlineStore } from "../../../src/features/online/redis/redis-online-store.js";
import { WRITE_SCRIPT } from "../../../src/features/online/redis/redis-rows.js";
import { createMigratedDatabase, type TestDatabase } from "../../support/database.js";
import { hasRedis, startRedis, type TestRedis } from "../../support/redis.js";
import { startRedisCluster } from "../../support/redis-cluster.js";
import { describeParts } from "../../support/snapshot-parts.js";
import { until } from "../../support/until.js";
import { definitions as base, prepare } from "../definitions.js";

const all = source("all_types", {
  columns: { i: int(), f: float(), b: bool(), s: string(), d: date() },
});
const one = source("one_type", { columns: { n: int() } });
const allView = featureView("everything", { source: all, features: ["i", "f", "b", "s", "d"] });
const oneView = featureView("number", { source: one, features: ["n"] });
const definitions = deployment({
  ...base,
  sources: [...base.sources, all, one],
  views: [allView, oneView],
  services: base.services.map((service) => ({ ...service, views: [oneView] })),
});

type Month = { asOf: string; revision?: number; everything?: Rows; number?: Rows };
type Rows = Record<string, ColumnValue[]>;

/** The database of one backend's tests, with a way to make snapshots of literal rows and materialize them. */
class Bench {
  readonly #runId = randomUUID();
  constructor(
    readonly pool: Pool,
    readonly store: OnlineStore,
  ) {}

  async snapshot({ asOf, revision = 1, ...views }: Month): Promise<number> {
    await this.pool.query(
      `insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'tester') on conflict do nothing`,
      [this.#runId],
    );
    const { rows } = await this.pool.query(
      "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
    );
    for (const view of definitions.views) {
      const table = `${view.source.name}_snapshots`;
      await this.pool.query("select asof_ensure_partition($1, $2)", [table, asOf]);
      const names = ["snapshot_id", "as_of", "user_id", ...view.features];
      for (const [user, values] of Object.entries(views[view.name as "number"] ?? {})) {
        await this.pool.query(
          `insert into ${quote(table)} (${names.map(quote).join(", ")}) values (${names.map((_, i) => `$${i + 1}`).join(", ")})`,
          // The driver would write -0 as 0.
          [rows[0].id, asOf, user, ...values.map((value) => (Object.is(value, -0) ? "-0" : value))],
        );
      }
    }
    // Last: a snapshot in the catalogue takes no more rows.
    await this.pool.query(
      `insert into snapshots (id, as_of, revision, content_sha256, definitions_sha256, run_id, views, sources)
       overriding system value values ($1, $2, $3, 'x', 'x', $4, '[]', '[]')`,
      [rows[0].id, asOf, revision, this.#runId],
    );
    await describeParts(this.pool, definitions, rows[0].id, asOf);
    return rows[0].id;
  }

  commit(snapshotId: number): Promise<unknown> {
    return withTransaction(this.pool, (tx) => materialize(tx, definitions, snapshotId, this.#runId));
  }

  async materialize(month: Month): Promise<void> {
    await this.commit(await this.snapshot(month));
    await this.store.fill();
  }

  /** `2024-01-31: 1` per user, of the view with one number; `-` where there is no row. */
  async numbers(...users: string[]): Promise<string[]> {
    const found = await this.store.read(users);
    return found.map(([, row]) => (row ? `${row.eventTime}: ${row.values.join(" ")}` : "-"));
  }
}

describe.each(["postgres", "redis", "redis-cluster"] as const)("the online store on %s", (backend) => {
  describe.skipIf(backend !== "postgres" && !hasRedis)(hasRedis ? "" : "(redis-server is not here)", () => {
    let database: TestDatabase;
    let redis: TestRedis | undefined;
    const links: RedisLink[] = [];
    let bench: Bench;

    beforeAll(async () => {
      database = await createMigratedDatabase();
      await prepare(database.url, definitions);
      const pool = createPool(database.url, 4);
      const truth = new PostgresOnlineStore(pool, definitions);
      if (backend === "postgres") {
        bench = new Bench(pool, truth);
        return;
      }
      redis = backend === "redis" ? await startRedis() : await startRedisCluster();
      links.push(await RedisLink.open(redis.url), await RedisLink.open(redis.url));
      const [reads, writes] = links as [RedisLink, RedisLink];
      bench = new Bench(pool, await RedisOnlineStore.open(pool, definitions, truth, { reads, writes }));
    });
    afterAll(async () => {
      for (const link of links) link.close();
      await redis?.kill();
      await bench?.pool.end();
      await database?.drop();
    });

    it("is OK before anything was materialized, and knows nobody", async () => {
      expect(await bench.store.state()).toBe("OK");
      expect(await bench.store.read(["u"])).toEqual([[null, null]]);
      expect(await bench.store.read([])).toEqual([]);
    });

    it("gives every value back as it was written", async () => {
      const everything: Rows = {
        nulls: [null, null, null, null, null],
        zeros: [0, 0, false, "", "0001-01-01"],
        negative: [-(2 ** 31), -0, true, "null", "1900-02-28"],
        largest: [2 ** 31 - 1, Number.MAX_VALUE, true, "0", "9999-12-31"],
        smallest: [-1, Number.MIN_VALUE, false, "false", "2024-02-29"],
        shortest: [1, 0.1 + 0.2, true, ' "quoted" \\ \n\r\t\u0001 ', "2024-12-31"],
        "{braces}:*?[a] 'x' \"y\" \\": [2, 1e21, true, "žluťoučký 🐎 \u2028", "2024-01-01"],
        "}": [3, 5e-7, true, "\ufeff", "2024-01-02"],
      };
      await bench.materialize({ asOf: "2023-12-31", everything });
      const users = Object.keys(everything);
      const found = await bench.store.read(users);
      expect(Object.fromEntries(users.map((user, i) => [user, found[i]![0]!.values]))).toEqual(everything);
      const asked = Array.from({ length: 50 }, () => [...users, "nobody"]).flat();
      expect(await bench.store.read(asked)).toEqual(
        Array.from({ length: 50 }, () => [...found, [null, null]]).flat(),
      );
      // toEqual tells -0 from 0.
      expect(Object.is(found[2]![0]!.values[1], -0)).toBe(true);
    });

    it("gives back what is no finite number, alone and among many", async () => {
      const everything: Rows = {
        nan: [1, Number.NaN, null, null, null],
        inf: [null, -Infinity, null, "", null],
      };
      await bench.materialize({ asOf: "2023-12-31", revision: 2, everything });
      const values = (await bench.store.read(["inf", "nan"])).map(([row]) => row!.values);
      expect(values).toEqual([everything.inf, everything.nan]);
      const many = Array.from({ length: 40 }, () => ["inf", "nan"]).flat();
      expect((await bench.store.read(many)).map(([row]) => row!.values)).toEqual(
        many.map((user) => everything[user]),
      );
    });

    it("keeps a newer value when an older month comes late", async () => {
      await bench.materialize({ asOf: "2024-03-31", number: { a: [3], b: [3] } });
      await bench.materialize({ asOf: "2024-02-29", number: { a: [2], c: [2] } });
      expect(await bench.numbers("a", "b", "c", "nobody")).toEqual([
        "2024-03-31: 3",
        "2024-03-31: 3",
        "2024-02-29: 2",
        "-",
      ]);
    });

    it("takes a correction of the same date", async () => {
      await bench.materialize({ asOf: "2024-03-31", revision: 2, number: { a: [30], b: [null] } });
      expect(await bench.numbers("a", "b")).toEqual(["2024-03-31: 30", "2024-03-31: "]);
    });

    it("withdraws users a revision left out: what held before is served again, or nothing", async () => {
      await bench.materialize({ asOf: "2024-04-30", number: { a: [4], c: [4], d: [4] } });
      await bench.materialize({ asOf: "2024-04-30", revision: 2, number: { a: [4] } });
      expect(await bench.numbers("a", "c", "d")).toEqual(["2024-04-30: 4", "2024-02-29: 2", "-"]);
    });

    it("answers in the order asked, duplicates and all", async () => {
      expect(await bench.numbers("d", "a", "d", "c", "a")).toEqual([
        "-",
        "2024-04-30: 4",
        "-",
        "2024-02-29: 2",
        "2024-04-30: 4",
      ]);
    });

    it("reads the views it is asked for alone, of few users and of many", async () => {
      const users = ["a", "c", "d", "nobody"];
      for (const views of [[oneView], [allView], [allView, oneView], []]) {
        const places = views.map((view) => definitions.views.indexOf(view));
        const expected = (await bench.store.read(users)).map((rows) => places.map((place) => rows[place]));
        expect(await bench.store.read(users, views)).toEqual(expected);
        const many = Array.from({ length: 50 }, () => users).flat();
        expect(await bench.store.read(many, views)).toEqual(
          Array.from({ length: 50 }, () => expected).flat(),
        );
      }
      const [row] = await bench.store.read(["a"], [oneView]);
      expect(row).toEqual([{ eventTime: "2024-04-30", values: [4] }]);
    });

    it("is whole after a crash between the commit and the fill, once something is materialized again", async () => {
      const snapshotId = await bench.snapshot({ asOf: "2024-04-30", revision: 3, number: { c: [5] } });
      await bench.commit(snapshotId);
      expect(await bench.store.state()).toBe(backend === "postgres" ? "OK" : "DEGRADED");
      await bench.commit(snapshotId);
      await bench.store.fill();
      expect(await bench.store.state()).toBe("OK");
      expect(await bench.numbers("a", "c")).toEqual(["2024-03-31: 30", "2024-04-30: 5"]);
    });

    it("is OK once it is filled, and filling again changes nothing", async () => {
      const before = await bench.numbers("a", "b", "c", "d");
      await bench.store.fill();
      expect(await bench.numbers("a", "b", "c", "d")).toEqual(before);
      expect(await bench.store.state()).toBe("OK");
    });

    describe.skipIf(backend === "postgres")("with a Redis that misbehaves", () => {
      const key = async () => {
        const keys = (await redis!.command("KEYS", "asof:*{c}")) as string[];
        expect(keys).toHaveLength(1);
        return keys[0]!;
      };

      it("answers from Redis alone where it has a user whole", async () => {
        await bench.materialize({
          asOf: "2024-05-31",
          everything: { whole: [1, 1, true, "x", "2024-05-31"] },
          number: { whole: [5] },
        });
        await bench.pool.query("update number_online set n = -5 where user_id = 'whole'");
        expect(await bench.numbers("whole")).toEqual(["2024-05-31: 5"]);
        await bench.pool.query("update number_online set n = 5 where user_id = 'whole'");
      });

      it("keeps what a later fill wrote when a frozen one wakes up", async () => {
        const fields = (await redis!.command("HGETALL", await key())) as Record<string, string>;
        const [name, value] = Object.entries(fields)[0]!;
        const write = async (stamp: string) =>
          redis!.command("EVAL", WRITE_SCRIPT, "1", await key(), name, stamp + value.slice(28));
        const fill = value.slice(0, 20);
        const older = String(BigInt(fill) - 1n).padStart(20, "0");
        expect(await write(`${older}99991231`)).toBe(0); // an older fill, whatever its event time
        expect(await write(`${fill}20240101`)).toBe(0); // the same fill, an older event time
        expect(await write(value.slice(0, 28))).toBe(1); // once more: idempotent
        expect(await redis!.command("HGET", await key(), name)).toBe(value);
      });

      it("reads from PostgreSQL what was evicted", async () => {
        await redis!.command("DEL", await key());
        expect(await bench.numbers("c", "whole")).toEqual(["2024-04-30: 5", "2024-05-31: 5"]);
      });

      it("is DEGRADED and whole while Redis is empty, frozen or gone, and OK after the next fill", async () => {
        const expected = ["2024-03-31: 30", "2024-04-30: 5", "2024-05-31: 5", "-"];
        const whole = async () => {
          expect(await bench.numbers("a", "c", "whole", "nobody")).toEqual(expected);
          expect(await bench.store.state()).toBe("DEGRADED");
        };
        await redis!.command("FLUSHALL");
        await whole();
        redis!.signal("SIGSTOP");
        await whole();
        redis!.signal("SIGCONT");
        await redis!.kill();
        await whole();
        await expect(bench.store.fill()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
        await redis!.start();
        await until("the fill works again", () =>
          bench.store.fill().then(
            () => true,
            () => false,
          ),
        );
        await until("reads are back too", async () => (await bench.store.state()) === "OK");
        await bench.pool.query("update number_online set n = -5 where user_id = 'whole'");
        expect(await bench.numbers("a", "c", "whole", "nobody")).toEqual(expected);
      });

      it("fails with SERVICE_UNAVAILABLE when PostgreSQL is gone too", async () => {
        await redis!.kill();
        await bench.pool.end();
        await expect(bench.store.read(["a"])).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
        expect(await bench.store.state()).toBe("DOWN");
        bench = new Bench(createPool(database.url, 1), bench.store);
      });
    });
  });
});
