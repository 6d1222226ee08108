#!/usr/bin/env node
// The command line as `npm start` built it last; a fresh clone is built first.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { requireNode } from "./node-version.mjs";

requireNode();
const root = fileURLToPath(new URL("..", import.meta.url));
const main = new URL("../dist/cli/main.js", import.meta.url);
if (!existsSync(main)) execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: "inherit" });
await import(main.href);
