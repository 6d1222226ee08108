import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

// There is no Docker here: the image's stages are made as folders, of what its file copies.

const stages = readFileSync("Dockerfile", "utf8")
  .split(/^FROM /m)
  .slice(1);
/** The paths that a stage takes from the working copy. */
const copied = (stage: string): string[] =>
  [...stage.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, paths]) => paths!.split(" ").slice(0, -1));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "asof-image-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function made(stage: string, name: string): string {
  const folder = join(root, name);
  for (const path of copied(stage)) cpSync(path, join(folder, path), { recursive: true });
  return folder;
}

it("is built from what it copies, and starts with native libraries alone", async () => {
  const [build, , image] = stages as [string, string, string];
  const built = made(build, "build");
  symlinkSync(resolve("node_modules"), join(built, "node_modules"));
  await promisify(execFile)(process.execPath, ["scripts/build.mjs"], { cwd: built });
  const folder = made(image, "image");
  cpSync(join(built, "dist"), join(folder, "dist"), { recursive: true });
  // As npm ci --omit=dev leaves it.
  const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages as Record<
    string,
    { dev?: true }
  >;
  for (const [path, { dev }] of Object.entries(locked)) {
    const isInstalled = /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && existsSync(path);
    if (isInstalled) cpSync(resolve(path), join(folder, path), { recursive: true });
  }
  expect(existsSync(join(folder, "node_modules/graphql"))).toBe(false);
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/cli/main.js", "--version"], {
    cwd: folder,
  });
  expect(stdout).toMatch(/^asof \d+\.\d+\.\d+|^\d+\.\d+\.\d+/);
  const loads = 'await import("./dist/process/front.js"); console.log("loaded")';
  const loaded = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", loads], {
    cwd: folder,
  });
  expect(loaded.stdout).toBe("loaded\n");
});
