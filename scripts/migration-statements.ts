import { createRequire } from "node:module";
import type { DrizzleSnapshotJSON } from "drizzle-kit/api";
import { derivedTables } from "../src/db/tables/derived.js";
import { allTables, coreTables } from "../src/db/tables/index.js";
import type { Deployment } from "../src/definitions/language/deployment.js";

// drizzle-kit's API is CommonJS that calls `require` itself.
const { generateDrizzleJson, generateMigration } = createRequire(import.meta.url)(
  "drizzle-kit/api",
) as typeof import("drizzle-kit/api");

export type SchemaState = DrizzleSnapshotJSON;

/** Without an id of its own: equal tables give equal text. */
const stateOf = (tables: Record<string, unknown>): SchemaState => ({
  ...generateDrizzleJson(tables),
  id: "00000000-0000-0000-0000-000000000000",
});

export const noTables = (): SchemaState => stateOf({});
/** The tables of asof's own. */
export const coreState = (): SchemaState => stateOf(coreTables);
/** The tables that follow from the definitions. */
export const derivedState = (definitions: Deployment): SchemaState => stateOf(derivedTables(definitions));
/** Both. */
export const schemaState = (definitions?: Deployment): SchemaState =>
  definitions ? stateOf(allTables(definitions)) : noTables();

/** The SQL that takes a database from one state to the other: partitioned tables partitioned, histories guarded. */
export async function migrationStatements(from: SchemaState, to: SchemaState): Promise<string[]> {
  const statements = await generateMigration(from, to);
  return statements.map((statement) => statement.trim()).flatMap(completed);
}

/** drizzle knows neither partitions nor triggers. */
function completed(statement: string): string[] {
  const table = /^CREATE TABLE "(\w+)" \(/.exec(statement)?.[1];
  if (!table) return [statement];
  const partitioned = (by: string) => statement.replace(/;$/, ` PARTITION BY ${by};`);
  const noTruncate = `CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();`;
  if (table === "prediction_log") return [partitioned('RANGE ("at")')];
  if (table.endsWith("_pushes")) {
    return [
      statement,
      `CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();`,
      noTruncate,
    ];
  }
  // No column of a source of events can be named so.
  if (statement.includes('"asof_ended_by"')) {
    return [
      partitioned('RANGE ("asof_event_date")'),
      `CREATE TRIGGER guard_event BEFORE UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION asof_guard_event();`,
      noTruncate,
    ];
  }
  if (table.endsWith("_snapshots")) {
    return [
      partitioned('LIST ("as_of")'),
      `CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();`,
      noTruncate,
      `CREATE TRIGGER refuse_insert AFTER INSERT ON "${table}" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();`,
    ];
  }
  return [statement];
}
