import { randomUUID } from "node:crypto";
import { createPool, type Pool, quote, withTransaction } from "../../../../src/db/pool.js";
import { contentHash } from "../../../../src/db/snapshots/content-hash.js";
import { hashPushes, pushesPart } from "../../../../src/db/snapshots/pushes-hash.js";
import {
  declaredColumns,
  insertParts,
  type MadePart,
  type PartColumn,
  partRows,
} from "../../../../src/db/snapshots/snapshot-parts.js";
import {
  bigint,
  bool,
  date,
  decimal,
  float,
  int,
  list,
  string,
  timestamp,
  vector,
} from "../../../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  type Source,
  source,
} from "../../../../src/definitions/language/deployment.js";
import { entityOf, keyOf } from "../../../../src/definitions/language/entities.js";
import { isComputed, snapshotSources } from "../../../../src/definitions/language/windows/sources-of.js";
import {
  count,
  days,
  daysSince,
  distinct,
  last,
  max,
  mean,
  sum,
} from "../../../../src/definitions/language/windows/window.js";
import type { ComputedSource } from "../../../../src/definitions/language/windows/window-columns.js";
import { eraseCurrent, erasePart, partsOf } from "../../../../src/features/erasure/erase-rows.js";
import { knownEntities } from "../../../../src/features/windows/known-entities.js";
import { windowRowsSql } from "../../../../src/features/windows/window-sql.js";
import { mergeEvents } from "../../../../src/ingest/events/merge-events.js";
import { createStagingTable, stagingTable } from "../../../../src/ingest/staging.js";
import { createDatabaseOf, ownMigrations } from "../../../support/deployment.js";

const team = entity("team", { key: "team_id" });
const player = entity("player", { key: "player_id", belongsTo: team });
const teams = source("teams", { of: team, columns: { size: int(), motto: string() } });
const players = source("players", {
  of: player,
  columns: { team_id: string({ required: true }), city: string(), left: bool({ required: true }) },
});
const games = source("games", { of: player, columns: { hours: float(), skips: int() } });
const odds = source("odds", {
  of: player,
  columns: {
    ...{ big: bigint(), price: decimal(10, 2), tiny: decimal(3, 3), whole: decimal(38, 0), at: timestamp() },
    ...{ day: date(), ok: bool(), tags: list(string()), nums: list(float()), days: list(date()) },
    ...{ sums: list(decimal(6, 2)), counts: list(int()), bigs: list(bigint()), vec: vector(3) },
  },
});
const orders = source("orders", {
  of: player,
  eventTime: "at",
  eventKey: ["order_no"],
  deleted: "gone",
  columns: { order_no: int(), at: timestamp(), spent: float(), coins: int(), shop: string(), gone: bool() },
});
const oddColumns = Object.keys(odds.columns) as (keyof typeof odds.columns)[];
const gamesView = featureView("games_30d", { source: games, features: ["hours", "skips"], ttlDays: 30 });
const ordersView = featureView("orders_window", {
  source: orders,
  ttlDays: 40,
  features: {
    spent_30d: sum("spent", days(30)),
    coins_all: sum("coins"),
    orders_7d: count(days(7), { where: { shop: { oneOf: ["web", ""] } } }),
    mean_30d: mean("spent", days(30)),
    shops: distinct("shop"),
    last_shop: last("shop", days(30)),
    last_order: daysSince(max("at")),
  },
});
const playersView = featureView("player_profile", { source: players, features: ["city"] });

/** Two entities, every type of column, views that expire, windows over events. */
export const world: Deployment = deployment({
  name: "lake_world",
  entities: [teams, players],
  sources: [teams, players, games, odds, orders],
  views: [
    gamesView,
    playersView,
    ordersView,
    featureView("odds_profile", { source: odds, features: oddColumns }),
    featureView("team_profile", { source: teams, features: ["size", "motto"] }),
  ],
  services: [
    featureService("leaving", {
      views: [gamesView, playersView],
      label: { source: players, column: "left" },
      gates: { minimum: {} },
    }),
  ],
});

export const PLAYERS = ["a", "b", "B", "ü-Ω", "o'x", "\\b", ...Array.from({ length: 9 }, (_, i) => `u${i}`)];
const TEAMS = ["t1", "t2", "t\t3", "t4"];
export const day = (offset: number): string =>
  new Date(Date.UTC(2024, 0, 1) + offset * 86_400_000).toISOString().slice(0, 10);
const instant = (minutes: number): string => new Date(Date.UTC(2024, 5, 1) + minutes * 60_000).toISOString();

interface Made {
  id: number;
  asOf: string;
  minutes: number;
  parts: Map<string, MadePart>;
}

/** Random numbers that a seed repeats. */
export class Dice {
  constructor(private state: number) {}
  /** At least 0 and below 1. Source: mulberry32. */
  roll(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below = (end: number): number => Math.floor(this.roll() * end);
  of = <T>(all: readonly T[]): T => all[this.below(all.length)]!;
  chance = (share: number): boolean => this.roll() < share;
}

const FLOATS = [0, -0, 1.5, -2.25e-300, 1e308, 0.1, Number.MIN_VALUE, 123456789.125];
const TEXTS = ["", "x", "é", "tab\t", 'quo"te', "back\\slash", "null", "🦆", " "];
const DECIMALS = ["0.00", "12.50", "-99999999.99", "0.01", "100.00"];

/** A value of the column's type, often none. */
function someValue(dice: Dice, type: string): unknown {
  if (dice.chance(0.2)) return null;
  const values: Record<string, () => unknown> = {
    int: () => dice.of([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]),
    bigint: () => dice.of(["0", "9223372036854775807", "-9223372036854775808", "42"]),
    float: () => dice.of(FLOATS),
    bool: () => dice.chance(0.5),
    string: () => dice.of(TEXTS),
    date: () => dice.of(["1970-01-01", "1969-12-31", "2024-02-29", "0001-01-01", "9999-12-31"]),
    timestamp: () =>
      dice.of(["2024-01-31 10:00:00.000001", "1969-12-31 23:59:59.999999", "2024-02-29 00:00:00"]),
    "decimal(10,2)": () => dice.of(DECIMALS),
    "decimal(6,2)": () => dice.of(["0.00", "12.50", "-1.00"]),
    "decimal(3,3)": () => dice.of(["0.500", "-0.001", "0.000"]),
    "decimal(38,0)": () => dice.of(["0", "100", "-99999999999999999999999999999999999999"]),
  };
  const item = /^list\((.*)\)$/.exec(type)?.[1] ?? (type.startsWith("vector(") ? "float" : null);
  if (item === null) return values[type]!();
  const length = type.startsWith("vector(") ? 3 : dice.below(4);
  return Array.from({ length }, () => values[item]!());
}

const withShare = (dice: Dice) => {
  const share = dice.of([1, 0.7, 0.2, 0]);
  return () => dice.chance(share);
};

const idsOf = (of: Source): string[] => (entityOf(world, of).name === "team" ? TEAMS : PLAYERS);

/** A database of snapshots with everything that may have become of them. */
export class LakeWorld {
  readonly runId = randomUUID();
  #partitioned = new Set<string>();

  private constructor(
    readonly pool: Pool,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async create(): Promise<LakeWorld> {
    const migrations = ownMigrations();
    const database = await createDatabaseOf(world, migrations);
    const made = new LakeWorld(createPool(database.url, 6), async () => {
      await database.drop();
      migrations.remove();
    });
    await made.pool.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'ERASE', 'RUNNING', '{}', 'tester')",
      [made.runId],
    );
    return made;
  }

  async drop(): Promise<void> {
    await this.pool.end();
    await this.dropDatabase();
  }

  async forget(): Promise<void> {
    const tables = snapshotSources(world).map(({ name }) => `${name}_snapshots`);
    const pushes = world.views.map(({ name }) => `${name}_pushes`);
    const all = ["lake_files", "erased_rows", "snapshot_drops", "snapshot_withdrawals", "snapshot_parts"];
    all.push("event_arrivals", "event_deliveries", `${orders.name}_events`);
    const deletes = [...all, "snapshots", ...tables, ...pushes].map((table) => `delete from ${table};`);
    await this.pool.query(`begin; set local session_replication_role = replica; ${deletes.join(" ")} commit`);
  }

  /**
   * Revisions, holes, parts that are carried on, columns that came later, pushes, events that come late: what ingests
   * make. They give a date its next revision where what it carried on from another one changes, so here that never does.
   */
  async fill(dice: Dice): Promise<void> {
    const made: Made[] = [];
    const dates = [...new Set(Array.from({ length: 5 }, () => day(dice.below(12) * 10)))];
    const order = dates.toSorted(() => dice.roll() - 0.5);
    const carriesOn = dice.chance(0.5);
    let minutes = dice.below(40);
    for (const [place, asOf] of order.entries()) {
      const isFilled = order.slice(place + 1).every((later) => later > asOf);
      const before = () => made.filter((each) => each.asOf === asOf || (carriesOn && isFilled));
      for (let revision = 1; revision <= 1 + dice.below(3); revision++) {
        minutes += 1 + dice.below(8);
        made.push(await this.#snapshot(dice, asOf, revision, minutes, before()));
      }
    }
    const carried = new Set(
      made.flatMap(({ id, parts }) =>
        [...parts.values()].filter(({ ownerId }) => ownerId !== id).map(({ ownerId }) => ownerId),
      ),
    );
    for (const { id, minutes } of made)
      if (!carriesOn && dice.chance(0.2)) await this.#withdraw(id, instant(minutes + dice.below(40)));
    const dropped = made.filter(({ id, asOf }) => asOf === order[0] && !carried.has(id));
    const isWhole = dropped.length === made.filter(({ asOf }) => asOf === order[0]).length;
    if (isWhole && dice.chance(0.3)) await this.#drop(dropped.map(({ id }) => id));
  }

  async #snapshot(
    dice: Dice,
    asOf: string,
    revision: number,
    minutes: number,
    before: readonly Made[],
  ): Promise<Made> {
    const { rows } = await this.pool.query(
      "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
    );
    const id = rows[0].id as number;
    const parts = new Map<string, MadePart>();
    const newest = new Map(before.map((each) => [each.asOf, each]));
    if (dice.chance(0.8)) await this.#deliverOrders(dice, asOf);
    for (const of of snapshotSources(world)) {
      const earlier = [...newest.values()]
        .filter((each) => each.asOf <= asOf && each.parts.has(of.name))
        .toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1))
        .at(-1);
      if (dice.chance(0.15)) continue;
      if (earlier && dice.chance(0.3)) parts.set(of.name, earlier.parts.get(of.name)!);
      else parts.set(of.name, await this.#ownPart(dice, of, id, asOf));
    }
    for (const view of world.views) {
      if (dice.chance(0.4)) continue;
      const key = keyOf(world, view.source);
      const pushed = Array.from({ length: 1 + dice.below(8) }, () => ({
        [key]: dice.of(idsOf(view.source)),
        as_of: day(dice.below(12) * 10 + dice.below(2)),
        ...Object.fromEntries(
          view.features.map((name) => [name, someValue(dice, view.source.columns[name]!.type)]),
        ),
      }));
      await this.#insert(
        `${view.name}_pushes`,
        pushed.map((row) => ({ ...row, pushed_features: view.features, pushed_by: "tester" })),
      );
      await this.pool.query(`update ${view.name}_pushes set snapshot_id = $1 where snapshot_id is null`, [
        id,
      ]);
      const columns = declaredColumns(view.source).filter(({ name }) => view.features.includes(name));
      const { sha256, buckets } = await hashPushes(this.pool, key, view.name, columns, id);
      const name = pushesPart(view.name);
      parts.set(name, {
        ...{ name, ownerId: id, eventDate: asOf, columns, rowCount: pushed.length },
        ...{ contentSha256: sha256, buckets },
      });
    }
    await this.pool.query(
      `insert into snapshots (id, as_of, revision, created_at, content_sha256, definitions_sha256, run_id, views, sources)
       overriding system value values ($1, $2, $3, $4, 'x', 'x', $5, '[]', '[]')`,
      [id, asOf, revision, instant(minutes), this.runId],
    );
    await insertParts(this.pool, id, [...parts.values()]);
    return { id, asOf, minutes, parts };
  }

  async #ownPart(dice: Dice, of: Source, id: number, asOf: string): Promise<MadePart> {
    const key = keyOf(world, of);
    const columns = declaredColumns(of).filter(
      ({ name }) => name === "left" || isComputed(of) || dice.chance(0.9),
    );
    const values = isComputed(of)
      ? await this.#windows(of, key, asOf)
      : idsOf(of)
          .filter(withShare(dice))
          .map((user) => ({
            [key]: user,
            ...Object.fromEntries(columns.map((column) => [column.stored, cellOf(dice, column)])),
          }));
    const rows = values.map((row) => ({ snapshot_id: id, as_of: asOf, ...row }));
    const table = `${of.name}_snapshots`;
    if (!this.#partitioned.has(`${table} ${asOf}`)) {
      await this.pool.query("select asof_ensure_partition($1, $2)", [table, asOf]);
      this.#partitioned.add(`${table} ${asOf}`);
    }
    await this.#insert(table, rows);
    const part = { name: of.name, ownerId: id, eventDate: asOf };
    const { sha256, buckets } = await contentHash(this.pool, { name: of.name, key, columns }, partRows(part));
    return { ...part, columns, rowCount: rows.length, contentSha256: sha256, buckets };
  }

  /** As a publication has them: of who was known by the date, by the events that have come until now. */
  async #windows(view: ComputedSource, key: string, asOf: string): Promise<Record<string, unknown>[]> {
    const entities = await knownEntities(this.pool, world, view, asOf, null);
    return (await this.pool.query(windowRowsSql({ view, key, asOf, entities }))).rows;
  }

  /** New events of any date, corrections, removals, moves to somebody else. */
  async #deliverOrders(dice: Dice, asOf: string): Promise<void> {
    const runId = randomUUID();
    const rows = Array.from({ length: 30 }, (_, line) => ({
      ...{ line, player_id: dice.of(PLAYERS), order_no: dice.below(120) },
      at: `${day(dice.below(130))}T${dice.of(["00:00:00Z", "23:59:59.999999Z", "12:00:00Z"])}`,
      // Sums of these stay within what their columns hold.
      spent: dice.of([null, 0, 0.1, -3.3, 1e15]),
      coins: dice.of([null, 1, 2 ** 31 - 1]),
      shop: dice.of([null, "", "web", "é"]),
      gone: dice.of([null, false, false, true]),
    }));
    await withTransaction(this.pool, async (tx) => {
      await tx.query(
        "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'RUNNING', '{}', 'tester')",
        [runId],
      );
      await createStagingTable(tx, world, runId, orders);
      const staged = stagingTable(runId, orders);
      await tx.query(
        `insert into ${staged} select r.* from jsonb_populate_recordset(null::${staged}, $1) r`,
        [JSON.stringify(rows)],
      );
      await mergeEvents(tx, player.key, orders, { runId, asOf });
      await tx.query(`drop table ${staged}`);
    });
  }

  async #insert(table: string, rows: Record<string, unknown>[]): Promise<void> {
    if (rows.length === 0) return;
    const names = Object.keys(rows[0]!).map(quote).join(", ");
    // JSON has no -0.
    const json = JSON.stringify(rows, (_, value) => (Object.is(value, -0) ? "-0" : value));
    await this.pool.query(
      `insert into ${quote(table)} (${names}) select ${names} from json_populate_recordset(null::${quote(table)}, $1)`,
      [json],
    );
  }

  async #withdraw(id: number, at: string): Promise<void> {
    await this.pool.query(
      "insert into snapshot_withdrawals (snapshot_id, at, actor, reason, run_id) values ($1, $2, 'tester', 'wrong', $3)",
      [id, at, this.runId],
    );
    for (const { name } of world.views)
      await this.pool.query(`update ${name}_pushes set snapshot_id = null where snapshot_id = $1`, [id]);
    for (const { name } of world.views)
      await this.pool.query(`delete from ${name}_pushes where snapshot_id is null`).catch(() => {});
  }

  async #drop(ids: readonly number[]): Promise<void> {
    await this.pool.query(
      "insert into snapshot_drops (snapshot_id, actor) select unnest($1::int[]), 'tester'",
      [ids],
    );
    const tables = snapshotSources(world).map(({ name }) => `${name}_snapshots`);
    const pushes = world.views.map(({ name }) => `${name}_pushes`);
    const list = ids.join(", ");
    const deletes = [...tables, ...pushes].map(
      (table) => `delete from ${table} where snapshot_id in (${list});`,
    );
    await this.pool.query(`begin; set local session_replication_role = replica; ${deletes.join(" ")} commit`);
  }

  /** As the run of an erasure does it. */
  async erase(key: string): Promise<void> {
    const { rows } = await this.pool.query(
      "insert into erasures (run_id, entity, key_hmac, actor, reason) values ($1, 'player', $2, 'tester', 'asked') returning id",
      [this.runId, Buffer.from(randomUUID())],
    );
    const erasure = { id: Number(rows[0].id), runId: this.runId, entity: player, key };
    await withTransaction(this.pool, (tx) => eraseCurrent(tx, world, erasure));
    for (const part of await partsOf(this.pool, world, player))
      await withTransaction(this.pool, (tx) => erasePart(tx, erasure, part));
  }
}

const cellOf = (dice: Dice, { name, type }: PartColumn): unknown => {
  if (name === "left") return false;
  return name === "team_id" ? dice.of([...TEAMS, "nobody"]) : someValue(dice, type);
};
