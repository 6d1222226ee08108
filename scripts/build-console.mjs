// console/ -> dist/console: the web console, as the server hands it out. Built again only where its inputs changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const OUT = "dist/console";
const STAMP = join(OUT, ".inputs");

/** Builds the console, unless the one that is there was built from the same inputs. */
export function buildConsole() {
  const inputs = hashOfInputs();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs) return;
  // In a process of its own: Vite takes NODE_ENV from the one it runs in, and would bundle React's development build.
  const vite = [
    "node_modules/vite/bin/vite.js",
    "build",
    "--config",
    "console/vite.config.ts",
    "--logLevel",
    "warn",
  ];
  execFileSync(process.execPath, vite, { stdio: "inherit", env: { ...process.env, NODE_ENV: "production" } });
  for (const file of filesOf(OUT).filter((name) => /\.(js|css|svg)$/.test(name))) {
    const bytes = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  }
  writeFileSync(STAMP, inputs);
}

function hashOfInputs() {
  const hash = createHash("sha256");
  for (const file of [...filesOf("console").sort(), "package-lock.json", "scripts/build-console.mjs"]) {
    hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
