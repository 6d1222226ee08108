import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { printSchema } from "graphql";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing } from "./deployment/testing.js";

// Part of the tests' build, which has one copy of graphql. Formatted as scripts/emit-schema.ts does.
const format = ["node_modules/@biomejs/biome/bin/biome", "format", "--stdin-file-path=schema.graphql"];
const input = printSchema(await buildAsofSchema(testing));
writeFileSync(".test-dist/schema.graphql", execFileSync(process.execPath, format, { input }));
