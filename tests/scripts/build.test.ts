import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

// An installation without development dependencies has esbuild, which compiles definitions, and nothing else that builds.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-build-"));
  for (const path of ["scripts", "bin", "package.json"])
    cpSync(path, join(folder, path), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["esbuild", "@esbuild"])
    symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const build = (...args: string[]) =>
  spawnSync(process.execPath, ["scripts/build.mjs", ...args], { cwd: folder, encoding: "utf8" });

it("says what is missing where there is no build, and begins none", () => {
  for (const args of [["--start"], []]) {
    const { status, stderr } = build(...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining("npm ci && npm run build makes one")]);
  }
});

it("starts the build that is there, and leaves it as it is", () => {
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "dist/main.js"), "// built elsewhere\n");
  expect(build("--start")).toMatchObject({ status: 0, stderr: "" });
  expect(readFileSync(join(folder, "dist/main.js"), "utf8")).toBe("// built elsewhere\n");
  // The test means what it says: esbuild can be imported there.
  execFileSync(process.execPath, ["--input-type=module", "-e", 'await import("esbuild")'], { cwd: folder });
});
