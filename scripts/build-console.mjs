// console/ -> dist/console: the web console, as the server hands it out. Built again only where its inputs changed.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Stamp } from "./stamp.mjs";

const OUT = "dist/console";

/** Builds the console, unless the one that is there was built from the same inputs. */
export function buildConsole() {
  const stamp = new Stamp(OUT, ["console", "package-lock.json", "scripts/build-console.mjs"]);
  if (stamp.holds()) return;
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
  stamp.write();
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
