// schema.graphql from the code; `--check` only says whether the committed one is still that.
import "reflect-metadata";
import { readFileSync, writeFileSync } from "node:fs";
import { printSchema } from "graphql";
import { definitions } from "../src/definitions/index.js";
import { buildAsofSchema } from "../src/resolvers/build-schema.js";

const file = new URL("../schema.graphql", import.meta.url);
const header = "# Emitted from src/schema and src/definitions: npm run schema:emit. Do not edit.\n\n";
const emitted = `${header}${printSchema(await buildAsofSchema(definitions))}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, emitted);
} else if (readCommitted() !== emitted) {
  console.error("schema.graphql is not what the code says; run `npm run schema:emit` and commit the file");
  process.exitCode = 1;
}

function readCommitted(): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
