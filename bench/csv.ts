/**
 * npm run bench:csv -- [rows=500000] [rounds=5]: records of one file without quotes, cut at commas (csvRecords until
 * the first quote) against csv-parse (what csvRecords does from the first quote on), in turns in one process.
 */
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecords } from "../src/ingest/delivered-records.js";
import { folder } from "../src/ingest/sources/folder/folder.js";
import { hardware, measured, median } from "./support/measure.js";

const rows = Number(process.argv[2] ?? 500_000);
const rounds = Number(process.argv[3] ?? 5);
const path = join(tmpdir(), `asof-bench-${process.pid}.csv`);
const lines = Array.from({ length: rows }, (_, i) => `U-${i},${i / 7},${i / 3},${i % 5},${i % 11},1\n`);

const read = async () => {
  let count = 0;
  const file = { source: "bench", path, bytes: 0, sha256: "" };
  const declared = { delimiter: ",", columns: [], extraColumns: "ignore" } as const;
  const hooks = { onBytes: () => {}, signal: new AbortController().signal };
  await readRecords(folder, file, declared, hooks, async (batches) => {
    for await (const batch of batches) count += batch.length;
  });
  if (count !== rows) throw new Error(`${count} records of ${rows}`);
};
const seconds: Record<"cut" | "parsed", number[]> = { cut: [], parsed: [] };
try {
  for (let round = 0; round < rounds; round++) {
    for (const kind of ["cut", "parsed"] as const) {
      // A quote in the first row sends the whole file to csv-parse.
      const first = kind === "cut" ? lines[0]! : lines[0]!.replace("U-0", `"U-0"`);
      writeFileSync(path, [first, ...lines.slice(1)].join(""));
      seconds[kind].push((await measured(read)).cpuSeconds);
    }
  }
} finally {
  rmSync(path, { force: true });
}
console.log(`${hardware()}; npm run bench:csv -- ${rows} ${rounds}\n`);
console.log("| | CPU µs a record, median (all) |\n|---|---|");
for (const [kind, all] of Object.entries(seconds)) {
  const micros = all.map((s) => (s / rows) * 1e6);
  console.log(`| ${kind} | ${median(micros).toFixed(2)} (${micros.map((m) => m.toFixed(2)).join(" ")}) |`);
}
