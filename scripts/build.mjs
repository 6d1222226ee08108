// src/**/*.ts -> dist/**/*.js (or another folder that is named), file by file: what `npm start`, the demo, the image
// and the tests that need a real process run.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requireNode } from "../bin/node-version.mjs";

requireNode();
const { build } = await import("esbuild");

const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name));

const outdir = process.argv[2] ?? "dist";
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: sources,
  outdir,
  outbase: "src",
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: "linked",
  logLevel: "warning",
});
