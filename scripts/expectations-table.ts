/** npx tsx scripts/expectations-table.ts: the table of docs/validation.md, as the expectations' records have it. */
import type { ExpectationRecord } from "../src/ingest/expectations/expectation.js";
import { builtInExpectations } from "../src/ingest/expectations/registry.js";

const EVALUATED = { rows: "row by row", set: "over all rows", file: "over what is published" } as const;

export function expectationsTable(records: readonly ExpectationRecord[]): string {
  const lines = records.map(({ docs, over, observes }) => {
    const like = docs.greatExpectations === null ? "–" : `\`${docs.greatExpectations}\``;
    const share = docs.share === null ? "–" : `of ${docs.share}`;
    const evaluated = EVALUATED[over] + (observes.length > 0 ? `: ${observes.join(", ")}` : "");
    return `| ${docs.example} | ${like} | ${docs.on} | ${share} | ${evaluated} |`;
  });
  return [
    "| here | Great Expectations | on | the share `mostly` | evaluated |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

if (import.meta.filename === process.argv[1]) console.log(expectationsTable(builtInExpectations));
