import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bool, float, int, string, timestamp } from "../../src/definitions/language/column.js";
import { deployment, entity, featureView, source } from "../../src/definitions/language/deployment.js";
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
  stddev,
  sum,
} from "../../src/definitions/language/windows/window.js";

const customer = entity("customer", { key: "customer_id" });
const customers = source("customers", { delivered: "sometimes", columns: { region: string() } });
const orders = source("orders", {
  eventTime: "ordered_at",
  eventKey: ["order_no"],
  deleted: "cancelled",
  columns: {
    order_no: int(),
    ordered_at: timestamp(),
    dollars: float({ min: 0 }),
    items: int(),
    channel: string(),
    cancelled: bool(),
  },
});
/** What one pass over the events can compute in any order, but for the last bits of its sums. */
const totals = featureView("totals", {
  source: orders,
  features: {
    spend_90d: sum("dollars", days(90)),
    spend_all: sum("dollars"),
    items_all: sum("items"),
    orders_90d: count(days(90)),
    web_90d: count(days(90), { where: { channel: "web" } }),
    large_all: count({ where: { dollars: { atLeast: 500 } } }),
    mean_basket: mean("dollars"),
    deviation: stddev("dollars"),
    least: min("dollars"),
    last_order: daysSince(max("ordered_at")),
  },
});
/** What needs each customer's events in an order. */
const sequences = featureView("sequences", {
  source: orders,
  features: { channels: distinct("channel"), first_channel: first("channel"), last_items: last("items") },
});

/** Customers and their orders: a history of events, and windows over it. */
export const shop = deployment({
  name: "shop",
  entity: customer,
  entitySource: customers,
  sources: [customers, orders],
  views: [totals, sequences],
  services: [],
});

/** What a person would write in psql for the same features; `ordered`: with the sums in the order of time, too. */
export function byHand(view: string, asOf: string, ordered: boolean): string {
  const inOrder = ordered ? " order by ordered_at, order_no" : "";
  const recent = `ordered_at >= date '${asOf}' - 89`;
  const columns: Record<string, string> = {
    totals: `coalesce(sum(dollars${inOrder}) filter (where ${recent}), 0) as spend_90d,
      coalesce(sum(dollars${inOrder}), 0) as spend_all, coalesce(sum(items), 0) as items_all,
      count(*) filter (where ${recent}) as orders_90d,
      count(*) filter (where ${recent} and channel = 'web') as web_90d,
      count(*) filter (where dollars >= 500) as large_all, avg(dollars${inOrder}) as mean_basket,
      stddev_samp(dollars${inOrder}) as deviation, min(dollars) as least,
      date '${asOf}' - max(ordered_at)::date as last_order`,
    sequences: `count(distinct channel) as channels,
      (array_agg(channel order by ordered_at, order_no))[1] as first_channel,
      (array_agg(items order by ordered_at desc, order_no desc))[1] as last_items`,
  };
  return `select customer_id, ${columns[view]} from orders_by_hand
    where ordered_at < date '${asOf}' + 1 and cancelled is not true group by customer_id`;
}

export const customerId = (i: number): string => `C${String(i).padStart(8, "0")}`;
const HEADER = "customer_id,order_no,ordered_at,dollars,items,channel,cancelled\n";
const CHANNELS = ["web", "store", "phone"];

/** Independent-looking, the same every time. */
function drawn(i: number, k: number): number {
  let h = (Math.imul(i, 2654435761) + k * 40503) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 3266489917) >>> 0;
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/**
 * The orders of one month in the order of their time, of customers in none: as a shop exports them.
 * @param from the first order's number
 */
export async function writeOrders(
  folder: string,
  month: Date,
  from: number,
  events: number,
  customers: number,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const start = month.getTime();
  const length = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1) - start;
  const out = createWriteStream(join(folder, "orders.csv"), { highWaterMark: 1 << 20 });
  let chunk = HEADER;
  for (let n = 0; n < events; n++) {
    const i = from + n;
    const at = new Date(start + Math.floor((n / events) * length)).toISOString();
    const dollars = Math.round(drawn(i, 2) * 100_000) / 100;
    const customer = customerId(Math.floor(drawn(i, 1) * customers));
    const items = 1 + Math.floor(drawn(i, 3) * 9);
    const channel = CHANNELS[Math.floor(drawn(i, 4) * 3)];
    chunk += `${customer},${i},${at},${dollars},${items},${channel},${drawn(i, 5) < 0.01 ? "True" : "False"}\n`;
    if (chunk.length > 1 << 18) {
      if (!out.write(chunk)) await once(out, "drain");
      chunk = "";
    }
  }
  out.end(chunk);
  await once(out, "finish");
}

/** SQL that fills a staging table with orders of the same kind. */
export function stagedOrders(
  table: string,
  month: Date,
  from: number,
  events: number,
  customers: number,
): string {
  const start = month.toISOString().slice(0, 10);
  const hash = (k: number) => `(hashint4(i + ${k}) & 2147483647)`;
  return `insert into ${table} (line, customer_id, order_no, ordered_at, dollars, items, channel, cancelled)
    select i - ${from} + 2, 'C' || lpad((${hash(1)} % ${customers})::text, 8, '0'), i,
      timestamp '${start}' + (timestamp '${start}' + interval '1 month' - timestamp '${start}') * ((i - ${from})::float8 / ${events}),
      (${hash(2)} % 100000) / 100.0, 1 + ${hash(3)} % 9, (array['web', 'store', 'phone'])[1 + ${hash(4)} % 3],
      ${hash(5)} % 100 = 0
    from generate_series(${from}::int, ${from + events - 1}::int) i`;
}
