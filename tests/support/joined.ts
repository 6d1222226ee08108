import { parquetReadObjects } from "hyparquet";
import type { TestApp } from "./app.js";

/** What `POST /historical-features` answers to these rows: dates as their texts, whole numbers as numbers. */
export async function joinedRows(
  { client }: Pick<TestApp, "client">,
  rows: readonly Record<string, unknown>[],
  query: string,
): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${client.address}/historical-features?${query}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(rows),
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const found = await parquetReadObjects({ file: await response.arrayBuffer() });
  return found.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)])),
  );
}

/** As JSON has it; an instant at midnight is a date. */
function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString().replace("T00:00:00.000Z", "");
  return value ?? null;
}
