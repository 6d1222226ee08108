// Writes deliveries of the shop, the same each time: npx tsx examples/orders/generate.ts <folder> [customers]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A delivery's folder and its date. Each has the orders since the one before it; the first has all before. */
export const MONTHS = [
  ["2024-04", "2024-04-30"],
  ["2024-05", "2024-05-31"],
] as const;

const DAY_MS = 86_400_000;
const FIRST = Date.parse("2023-11-01T00:00:00Z");

export const customerId = (customer: number): string => `K-${String(customer).padStart(5, "0")}`;

/** A number from 0 to 1 for each question, always the same for the same one (SplitMix32). */
function drawn(...question: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const part of question) {
    state = (state + Math.imul(part + 1, 0x85ebca6b)) | 0;
    state = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    state = Math.imul(state ^ (state >>> 15), 0x735a2d97);
    state ^= state >>> 15;
  }
  return (state >>> 0) / 2 ** 32;
}

const REGIONS = ["north", "south", "east", "west"];
const CHANNELS = ["web", "web", "store", "phone"];
const flag = (is: boolean, yes: string, no: string): string => (is ? yes : no);
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The day from which a customer orders no more; of most none that is delivered. */
const leavesOn = (customer: number): number =>
  drawn(1, customer) < 0.4 ? Math.floor(60 + 170 * drawn(2, customer)) : 1_000;

/** A customer's orders of one day: mostly none. */
function ordersOf(customer: number, day: number): string[] {
  if (day >= leavesOn(customer) || drawn(3, customer, day) > 0.02 + 0.08 * drawn(4, customer)) return [];
  const dollars = (5 + 200 * drawn(5, customer, day) ** 3).toFixed(2);
  const channel = CHANNELS[Math.floor(4 * drawn(6, customer, day))]!;
  // By the shop's clock, in the middle of the day: summer time has no gap there.
  const hour = String(8 + Math.floor(12 * drawn(7, customer, day))).padStart(2, "0");
  const items = 1 + Math.floor(5 * drawn(8, customer, day));
  const tax = (Number(dollars) * 0.19).toFixed(2);
  const isCancelled = flag(drawn(9, customer, day) < 0.03, "yes", "no");
  const order = customer * 1_000 + day;
  return [
    `${customerId(customer)},${order},${dateOf(FIRST + day * DAY_MS)}T${hour}:15:00,${dollars},${tax},${items},${channel},${isCancelled}`,
  ];
}

/** The files of one month, by source. */
export function delivery(month: number, customers: number): Record<string, string[]> {
  const dayOf = (date: string) => (Date.parse(`${date}T00:00:00Z`) - FIRST) / DAY_MS;
  const end = dayOf(MONTHS[month]![1]);
  const begin = month === 0 ? 0 : dayOf(MONTHS[month - 1]![1]) + 1;
  const files = {
    customers: ["customer_id,joined_on,region"],
    orders: ["customer_id,Order,ordered_at,Order Value,tax,items,channel,cancelled"],
    outcomes: ["customer_id,left"],
  };
  for (let customer = 0; customer < customers; customer++) {
    const region = REGIONS[Math.floor(4 * drawn(10, customer))]!;
    files.customers.push(
      `${customerId(customer)},2023-10-${String(1 + (customer % 28)).padStart(2, "0")},${region}`,
    );
    for (let day = begin; day <= end; day++) files.orders.push(...ordersOf(customer, day));
    files.outcomes.push(`${customerId(customer)},${flag(leavesOn(customer) <= end, "True", "False")}`);
  }
  return files;
}

/** Writes `<folder>/<month>/<source>.csv` for both months. */
export function writeDeliveries(folder: string, customers = 400): void {
  MONTHS.forEach(([name], month) => {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [source, lines] of Object.entries(delivery(month, customers)))
      writeFileSync(join(folder, name, `${source}.csv`), `${lines.join("\n")}\n`);
  });
}

const [, script, folder, customers] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) {
  if (!folder) throw new Error("name the folder to write to: npx tsx examples/orders/generate.ts <folder>");
  writeDeliveries(folder, customers === undefined ? undefined : Number(customers));
}
