import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createPool, type Pool } from "../../../src/db/pool.js";
import { bool, float, int, string, timestamp } from "../../../src/definitions/language/column.js";
import { deployment, entity, featureView, source } from "../../../src/definitions/language/deployment.js";
import { computedSources } from "../../../src/definitions/language/windows/sources-of.js";
import {
  count,
  days,
  daysSince,
  distinct,
  first,
  last,
  max,
  mean,
  min,
  sum,
} from "../../../src/definitions/language/windows/window.js";
import { windowRowsSql } from "../../../src/features/windows/window-sql.js";
import { mergeEvents } from "../../../src/ingest/events/merge-events.js";
import { createStagingTable } from "../../../src/ingest/staging.js";
import type { TestDatabase } from "../../support/database.js";
import { createDatabaseOf, ownMigrations } from "../../support/deployment.js";

/** `CASES=4000 npx vitest run …` looks for longer; a case has 50 keys. */
const CASES = Number(process.env.CASES ?? 10);
const KEYS = 50;
const DAY_MS = 86_400_000;
const START = Date.parse("2024-01-01T00:00:00Z");

const customer = entity("customer", { key: "customer_id" });
const customers = source("customers", { columns: { region: string() } });
const orders = source("orders", {
  eventTime: "at",
  eventKey: ["order_no"],
  deleted: "gone",
  columns: {
    order_no: int(),
    at: timestamp(),
    dollars: float(),
    items: int(),
    paid: bool(),
    channel: string(),
    gone: bool(),
  },
});
const spending = featureView("spending", {
  source: orders,
  features: {
    spend_7d: sum("dollars", days(7)),
    spend_all: sum("dollars"),
    paid_30d: sum("dollars", days(30), { where: { paid: true } }),
    items_all: sum("items"),
    orders_1d: count(days(1)),
    some_30d: count(days(30), {
      where: { channel: { oneOf: ["web", "store"] }, items: { atLeast: 2, below: 5 } },
    }),
    mean_30d: mean("dollars", days(30)),
    least: min("items"),
    channels_30d: distinct("channel", days(30)),
    first_channel: first("channel"),
    last_items_7d: last("items", days(7)),
    last_order: daysSince(max("at")),
  },
});
const definitions = deployment({
  name: "property",
  entity: customer,
  entitySource: customers,
  sources: [customers, orders],
  views: [spending],
  services: [],
});

interface Order {
  line: number;
  customer_id: string;
  order_no: number;
  at: string;
  dollars: number | null;
  items: number | null;
  paid: boolean | null;
  channel: string | null;
  gone: boolean | null;
}

/** SplitMix32. */
function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** New events, corrections, moves to another customer or date, removals, and repeated lines, in any order. */
function delivery(draw: () => number, known: readonly Order[]): Order[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)]!;
  const fresh = (order_no: number): Order => ({
    line: 0,
    customer_id: `C${Math.floor(draw() * KEYS)}`,
    order_no,
    // Ends of days, too, and many at one time.
    at: new Date(
      START + Math.floor(draw() * 60) * DAY_MS + pick([0, 1, DAY_MS - 1, Math.floor(draw() * DAY_MS)]),
    ).toISOString(),
    dollars: pick([null, draw() * 100, 0.1, 1e15, -3.3]),
    items: pick([null, 1, 2, 3, 2_147_483_647]),
    paid: pick([null, true, false]),
    channel: pick([null, "web", "store", "Äpfel"]),
    gone: pick([null, false, false, false, true]),
  });
  const events = Array.from({ length: 150 }, () =>
    draw() < 0.3 && known.length > 0
      ? draw() < 0.5
        ? { ...pick(known) }
        : { ...fresh(pick(known).order_no) }
      : fresh(Math.floor(draw() * 400)),
  );
  return events.map((event, line) => ({ ...event, line: line + 2 }));
}

type Known = Map<number, { row: Order; asOf: string }>;
const content = ({ line: _, ...row }: Order): string => JSON.stringify(row);

/** The rule as it is written down: the last line of a file, the newest date, then what came last. */
function merged(known: Known, rows: readonly Order[], asOf: string): void {
  for (const row of new Map(rows.map((row) => [row.order_no, row])).values()) {
    const held = known.get(row.order_no);
    if (held && (held.asOf > asOf || content(held.row) === content(row))) continue;
    known.set(row.order_no, { row, asOf });
  }
}

/** The features of one customer as of a date, event by event. */
function naive(known: Known, customerId: string, asOf: string): Record<string, unknown> {
  const end = Date.parse(`${asOf}T00:00:00Z`) + DAY_MS;
  const seen = [...known.values()]
    .map(({ row }) => row)
    .filter((row) => row.customer_id === customerId && row.gone !== true && Date.parse(row.at) < end)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order_no - b.order_no);
  const within = (n: number) => seen.filter(({ at }) => Date.parse(at) >= end - n * DAY_MS);
  const of = <K extends keyof Order>(rows: Order[], column: K) =>
    rows.flatMap((row) => (row[column] === null ? [] : [row[column] as NonNullable<Order[K]>]));
  const added = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const dollars30 = of(within(30), "dollars");
  const items = of(seen, "items");
  const newest = seen.at(-1);
  return {
    spend_7d: added(of(within(7), "dollars")),
    spend_all: added(of(seen, "dollars")),
    paid_30d: added(
      of(
        within(30).filter(({ paid }) => paid === true),
        "dollars",
      ),
    ),
    items_all: String(items.reduce((sum, value) => sum + BigInt(value), 0n)),
    orders_1d: within(1).length,
    some_30d: within(30).filter(
      ({ channel, items }) =>
        (channel === "web" || channel === "store") && items !== null && items >= 2 && items < 5,
    ).length,
    mean_30d: dollars30.length > 0 ? added(dollars30) / dollars30.length : null,
    least: items.length > 0 ? Math.min(...items) : null,
    channels_30d: new Set(of(within(30), "channel")).size,
    first_channel: of(seen, "channel")[0] ?? null,
    last_items_7d: of(within(7), "items").at(-1) ?? null,
    last_order: newest ? (end - DAY_MS - Date.parse(`${newest.at.slice(0, 10)}T00:00:00Z`)) / DAY_MS : null,
  };
}

describe("windows, against a model that reads event by event", () => {
  const migrations = ownMigrations();
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabaseOf(definitions, migrations);
    pool = createPool(database.url, 1);
  });
  afterAll(async () => {
    await pool?.end();
    await database?.drop();
    migrations.remove();
  });

  async function deliver(tx: Client, rows: readonly Order[], asOf: string): Promise<void> {
    const runId = randomUUID();
    await tx.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'RUNNING', '{}', 'a test')",
      [runId],
    );
    await createStagingTable(tx, definitions, runId, orders);
    const table = `staging."r${runId.replaceAll("-", "").slice(0, 16)}_orders"`;
    await tx.query(`insert into ${table} select r.* from jsonb_populate_recordset(null::${table}, $1) r`, [
      JSON.stringify(rows),
    ]);
    await mergeEvents(tx, "customer_id", orders, { runId, asOf });
  }

  it(`of ${CASES} histories with ${KEYS} keys each they are equal`, async () => {
    const seed = Number(process.env.SEED ?? 1);
    for (let index = 0; index < CASES; index++) {
      const draw = random(seed * 100_003 + index);
      const known: Known = new Map();
      const tx = await pool.connect();
      try {
        await tx.query("begin");
        for (let step = 0; step < 3; step++) {
          // Not in order of their dates.
          const asOf = dateOf(START + Math.floor(draw() * 60) * DAY_MS);
          const rows = delivery(
            draw,
            [...known.values()].map(({ row }) => row),
          );
          await deliver(tx, rows, asOf);
          merged(known, rows, asOf);
          const date = dateOf(START + Math.floor(draw() * 70) * DAY_MS);
          const entities = `(select 'C' || n as customer_id from generate_series(0, ${KEYS - 1}) n)`;
          const view = computedSources(definitions)[0]!;
          const { rows: found } = await tx.query(
            windowRowsSql({ view, key: "customer_id", asOf: date, entities }),
          );
          expect(found).toHaveLength(KEYS);
          for (const { customer_id: id, ...features } of found)
            expect([index, step, id, features]).toEqual([index, step, id, naive(known, id, date)]);
        }
      } finally {
        await tx.query("rollback");
        tx.release();
      }
    }
  });
});
