// node scripts/build.mjs [--start] [<folder> [<module>.ts …]]: src/ -> dist/ or the folder, and the console beside dist/: what
// `npm start`, the demo and the image run. Before a start, it is built again only where something of it changed.
import { existsSync } from "node:fs";
import { requireNode } from "../bin/node-version.mjs";

requireNode();
const start = process.argv.includes("--start");
const [outdir = "dist", ...also] = process.argv.slice(2).filter((argument) => argument !== "--start");
// Vite stands for all that building takes: esbuild is there without it, because definitions may be TypeScript.
if (!isInstalled("vite")) {
  // Installed without development dependencies: `npm start` takes the build that is there.
  if (start && existsSync("dist/main.js")) process.exit(0);
  console.error(
    "what builds asof is not installed, and there is no build: npm ci && npm run build makes one",
  );
  process.exit(1);
}
const { Stamp } = await import("./stamp.mjs");
const stamp = new Stamp(outdir, ["src", "scripts", "bin/node-version.mjs", "package-lock.json"]);
if (!start || !stamp.holds()) {
  const { buildProgram } = await import("./program.mjs");
  await buildProgram(outdir, also);
  stamp.write();
}
if (outdir === "dist") (await import("./build-console.mjs")).buildConsole();

function isInstalled(name) {
  try {
    return Boolean(import.meta.resolve(name));
  } catch {
    return false;
  }
}
