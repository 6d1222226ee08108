// src/**/*.ts -> dist/**/*.js (or another folder that is named), file by file: what `npm start`, the demo, the image
// and the tests that need a real process run.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requireNode } from "../bin/node-version.mjs";

requireNode();
const start = process.argv.includes("--start");
// Vite stands for all that building takes: esbuild is there without it, because definitions may be TypeScript.
if (!isInstalled("vite")) {
  // Installed without development dependencies: `npm start` takes the build that is there.
  if (start && existsSync("dist/main.js")) process.exit(0);
  console.error(
    "what builds asof is not installed, and there is no build: npm ci && npm run build makes one",
  );
  process.exit(1);
}
const { build } = await import("esbuild");

const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => join(entry.parentPath, entry.name));

const outdir = process.argv.slice(2).find((argument) => argument !== "--start") ?? "dist";
for (const name of existsSync(outdir) ? readdirSync(outdir) : []) {
  // The console is built by itself, and only where something of it changed.
  if (name !== "console") rmSync(join(outdir, name), { recursive: true, force: true });
}
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

if (outdir === "dist") (await import("./build-console.mjs")).buildConsole();

function isInstalled(name) {
  try {
    return Boolean(import.meta.resolve(name));
  } catch {
    return false;
  }
}
