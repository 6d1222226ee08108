// schema.graphql from the code; `--check` only says whether the committed one is still that.
import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printSchema } from "graphql";
import { loadDeployment } from "../src/process/load-deployment.js";
import { buildAsofSchema } from "../src/resolvers/build-schema.js";
import { deploymentModule } from "../src/threads/deployment-module.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = new URL("../schema.graphql", import.meta.url);
const header = "# Emitted from src/schema and src/definitions: npm run schema:emit. Do not edit.";

/** The formatter has the last word on every file of the project, so on this one too. */
function format(sdl: string): string {
  const args = ["node_modules/@biomejs/biome/bin/biome", "format", "--stdin-file-path=schema.graphql"];
  return execFileSync(process.execPath, args, { cwd: root, input: sdl, encoding: "utf8" });
}

const { definitions } = await loadDeployment(deploymentModule());
const emitted = format(`${header}\n\n${printSchema(await buildAsofSchema(definitions))}\n`);

if (!process.argv.includes("--check")) {
  writeFileSync(file, emitted);
} else if (!existsSync(file) || readFileSync(file, "utf8") !== emitted) {
  console.error("schema.graphql is not what the code says; run `npm run schema:emit` and commit the file");
  process.exitCode = 1;
}
