import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSchema, printSchema } from "graphql";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";

/** Of the test deployment, as `npm run schema:emit` would write it and a client reads it. */
export const emittedSchema = buildSchema(readFileSync(".test-dist/schema.graphql", "utf8"));

/** A file for ASOF_SCHEMA, of a deployment of this process. */
export async function schemaFileOf(definitions: Deployment): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), "asof-schema-")), "own.graphql");
  writeFileSync(file, printSchema(await buildAsofSchema(definitions)));
  return file;
}
