import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `npx tsx examples/credit/generate.ts <folder> [applicants]`: two months of deliveries of a lender that does not exist. The
 * same call writes the same bytes.
 */
export function generateCredit(folder: string, applicants = 400): void {
  for (const [month, name] of ["2024-01", "2024-02"].entries()) {
    const random = randomFrom(20_240_100 + month);
    const rows = Array.from({ length: applicants }, (_, i) =>
      rowOf(`A-${String(i).padStart(5, "0")}`, random),
    );
    mkdirSync(join(folder, name), { recursive: true });
    const write = (file: string, header: string, line: (row: Row) => string) =>
      writeFileSync(
        join(folder, name, `${file}.csv`),
        `${[`applicant_id,${header}`, ...rows.map((row) => `${row.id},${line(row)}`)].join("\n")}\n`,
      );
    write(
      "applicants",
      "income,employed_months,housing",
      (row) => `${row.income},${row.employed},${row.housing}`,
    );
    write("applications", "amount,months,purpose", (row) => `${row.amount},${row.months},${row.purpose}`);
    write(
      "payment_history",
      "open_loans,late_payments,savings",
      (row) => `${row.loans},${row.late},${row.savings}`,
    );
    write("outcomes", "defaulted", (row) => (row.defaulted ? "True" : "False"));
  }
}

type Row = ReturnType<typeof rowOf>;

function rowOf(id: string, random: () => number) {
  const income = Math.round(90_000 + random() * 400_000) / 100;
  const amount = Math.round(500 + random() ** 2 * 30_000);
  const months = 6 + Math.floor(random() * 60);
  const late = Math.floor(random() ** 3 * 8);
  const savings = Math.round((random() * 9_000 - 1_500) * 100) / 100;
  const employed = random() < 0.1 ? "" : Math.floor(random() * 240);
  const [housing, purpose] = [
    pick(["rent", "own", "free"], random),
    pick(["car", "furniture", "education", "other"], random),
  ];
  const loans = Math.floor(random() * 4);
  const risk = -3.2 + (8 * amount) / months / income + 0.6 * late - savings / 4_000;
  const defaulted = random() < 1 / (1 + Math.exp(-risk));
  return { id, income, amount, months, late, savings, employed, housing, purpose, loans, defaulted };
}

const pick = (values: readonly string[], random: () => number): string =>
  values[Math.floor(random() * values.length)]!;

/** Mulberry32: 32 bits of state are enough for a table of examples. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const [, script, folder, count] = process.argv;
if (script?.endsWith("generate.ts") && folder) generateCredit(folder, count ? Number(count) : undefined);
