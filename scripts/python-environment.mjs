// Environments of Python with pinned packages, for tests that need what is written in it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The environment of a file of requirements. It is made once; another file, or one that changed, makes it anew.
 * @param {string} folder where it is kept
 * @param {string} requirements a file as `pip install --requirement` reads it
 */
export function makePythonEnvironment(folder, requirements) {
  const made = join(folder, "made");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  if (existsSync(made) && readFileSync(made, "utf8") === digest) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(process.env.PYTHON ?? "python3", ["-m", "venv", folder], "install Python 3.10 or newer with venv");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
  run(join(folder, "bin/python"), [...pip, requirements], "check the network, or pip's index");
  writeFileSync(made, digest);
}

/** Ends this process where the command fails. */
function run(command, args, remedy) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")} failed${error ? ` (${error.message})` : ""}; ${remedy}`);
  process.exit(1);
}
