import { createRequire } from "node:module";
import type { DrizzleSnapshotJSON } from "drizzle-kit/api";
import { allTables } from "../src/db/tables/index.js";
import type { Deployment } from "../src/definitions/language/deployment.js";

// drizzle-kit's API is CommonJS that calls `require` itself.
const { generateDrizzleJson, generateMigration } = createRequire(import.meta.url)(
  "drizzle-kit/api",
) as typeof import("drizzle-kit/api");

export type SchemaState = DrizzleSnapshotJSON;

export function schemaState(definitions?: Deployment): SchemaState {
  return generateDrizzleJson(definitions ? allTables(definitions) : {});
}

/** The SQL that takes a database from one state to the other, snapshot tables partitioned, they and pushes guarded. */
export async function migrationStatements(from: SchemaState, to: SchemaState): Promise<string[]> {
  const statements = await generateMigration(from, to);
  return statements.flatMap((statement) => {
    const pushes = /^CREATE TABLE "(\w+_pushes)" \(/.exec(statement)?.[1];
    if (pushes) {
      return [
        statement.trim(),
        `CREATE TRIGGER guard_push BEFORE INSERT OR UPDATE OR DELETE ON "${pushes}" FOR EACH ROW EXECUTE FUNCTION asof_guard_push();`,
        `CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "${pushes}" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();`,
      ];
    }
    const table = /^CREATE TABLE "(\w+_snapshots)" \(/.exec(statement)?.[1];
    if (!table) return [statement.trim()];
    return [
      statement.trim().replace(/;$/, ' PARTITION BY LIST ("as_of");'),
      `CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION asof_refuse_change();`,
      `CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_change();`,
      `CREATE TRIGGER refuse_insert AFTER INSERT ON "${table}" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asof_refuse_published();`,
    ];
  });
}
