/**
 * Slow, by hand: reads files that pyarrow wrote, of every type, encoding, compression and page version, and compares
 * every value with what pyarrow says it is. `PYTHON=… npx tsx scripts/compare-parquet.ts`; that Python needs pyarrow.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetRecords } from "../src/ingest/formats/parquet/parquet-records.js";

type Expected = string | null | ["number", number];
interface Comparison {
  texts: Record<string, Expected[]>;
  files: { path: string; options: Record<string, string>; int96: boolean }[];
}

const folder = mkdtempSync(join(tmpdir(), "asof-compare-"));
try {
  execFileSync(process.env.PYTHON ?? "python3", ["scripts/compare_parquet.py", folder], { stdio: "inherit" });
  const { texts, files } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Comparison;
  let wrong = 0;
  for (const { path, options, int96 } of files) {
    const differences = await compare(path, texts, int96);
    wrong += differences.length;
    console.log(JSON.stringify(options), differences.length === 0 ? "equal" : differences.slice(0, 5));
  }
  if (wrong > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(path: string, texts: Comparison["texts"], int96: boolean): Promise<string[]> {
  const differences: string[] = [];
  let header: string[] | null = null;
  let rows = 0;
  for await (const batch of parquetRecords(await open(path), () => {})) {
    for (const { fields } of batch) {
      if (header === null) {
        header = fields;
        continue;
      }
      header.forEach((name, i) => {
        const expected = texts[name]![rows] ?? null;
        if (equal(fields[i]!, expected, int96 && name.startsWith("at_"))) return;
        differences.push(`${name} of row ${rows + 1}: ${fields[i]}, not ${JSON.stringify(expected)}`);
      });
      rows++;
    }
  }
  const all = Object.values(texts)[0]!.length;
  return rows === all ? differences : [`${rows} rows, not ${all}`, ...differences];
}

/** INT96 has no zone: what some clock showed reads as an instant of UTC. */
function equal(text: string, expected: Expected, anyZone: boolean): boolean {
  if (expected === null) return text === "";
  if (Array.isArray(expected)) return text !== "" && Number(text) === expected[1];
  return text === expected || (anyZone && text.replace(/Z$/, "") === expected.replace(/Z$/, ""));
}
