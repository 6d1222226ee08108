// Writes deliveries of the bank, the same each time: npx tsx examples/bank/generate.ts <folder> [customers]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A delivery's folder and its date. */
export const MONTHS = [
  ["2024-01", "2024-01-31"],
  ["2024-02", "2024-02-29"],
] as const;

export const customerId = (customer: number): string => `C-${String(customer).padStart(5, "0")}`;
export const accountId = (customer: number, place: number): string =>
  `A-${String(customer).padStart(5, "0")}-${place}`;

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
const KINDS = ["current", "savings", "joint"];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const flag = (is: boolean): string => (is ? "True" : "False");

const incomeOf = (customer: number): number => Math.round(1_500 + 5_500 * drawn(1, customer) ** 2);
const yearsOf = (customer: number): number => Math.floor(25 * drawn(2, customer));
const accountsOf = (customer: number): number => 1 + Math.floor(3 * drawn(3, customer));

/** Every twentieth account goes over to the next customer in the second month. */
export function ownerOf(customer: number, place: number, month: number, customers: number): number {
  const moves = month > 0 && drawn(4, customer, place) < 0.05;
  return moves ? (customer + 1) % customers : customer;
}

/** Lines of each file of a month's delivery, by source. */
export function delivery(month: number, customers: number): Record<string, string[]> {
  const files = {
    customers: ["customer_id,region,income,years_with_bank,left_bank"],
    accounts: ["account_id,customer_id,kind,credit_limit"],
    account_usage: ["account_id,balance,card_spend_30d,late_fees_90d,overdrawn"],
  };
  for (let customer = 0; customer < customers; customer++) {
    const [income, years] = [incomeOf(customer), yearsOf(customer)];
    const region = REGIONS[Math.floor(4 * drawn(5, customer))]!;
    const leaves = drawn(6, customer, month) < sigmoid(1.5 - years / 4 + (region === "west" ? 1.5 : 0));
    files.customers.push(`${customerId(customer)},${region},${income},${years},${flag(leaves)}`);
    for (let place = 0; place < accountsOf(customer); place++) {
      const id = accountId(customer, place);
      const owner = ownerOf(customer, place, month, customers);
      const kind = KINDS[Math.floor(3 * drawn(7, customer, place))]!;
      const limit = 500 * Math.floor(5 * drawn(8, customer, place));
      const spent = Math.round(2_000 * drawn(9, customer, place, month));
      const fees = Math.floor(4 * drawn(10, customer, place, month) ** 2);
      const balance = Math.round(3_000 * drawn(11, customer, place, month) - 800);
      // Who earns more is overdrawn less: the account's customer decides as much as the account.
      const risk = fees - incomeOf(owner) / 1_500 + (spent - balance - limit) / 1_200 + 1;
      const overdrawn = drawn(12, customer, place, month) < sigmoid(2 * risk);
      files.accounts.push(`${id},${customerId(owner)},${kind},${limit}`);
      files.account_usage.push(`${id},${balance},${spent},${fees},${flag(overdrawn)}`);
    }
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
  if (!folder) throw new Error("name the folder to write to: npx tsx examples/bank/generate.ts <folder>");
  writeDeliveries(folder, customers === undefined ? undefined : Number(customers));
}
