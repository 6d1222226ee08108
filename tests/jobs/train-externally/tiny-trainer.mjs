// A training command as small as one can be: node tiny-trainer.mjs <model.onnx> <specification>. It checks what it is given
// and copies a model that was made before. What it does beside that, its parameters say.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";

const [model, path] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(path, "utf8"));
const { does = "", note, result = {} } = spec.params ?? {};

for (const { path, sha256 } of spec.trainingSet.files) {
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256) throw new Error(`${path} has the SHA-256 ${found}, not ${sha256}`);
}
console.log(`training set of ${spec.trainingSet.files.length} files, ${spec.features.length} features`);
console.log(`variables: ${Object.keys(process.env).sort().join(" ")}`);

/** Says that it has come so far, and what it has started. */
const notePids = (...pids) => note && appendFileSync(note, `${JSON.stringify(pids)}\n`);
/** Runs until it is ended; `detached`: in a session of its own, as a daemon does. */
const sleeper = (detached, ignores = "") =>
  spawn(process.execPath, ["-e", `${ignores}setInterval(() => {}, 1000)`], {
    detached,
    stdio: ["ignore", "inherit", "inherit"],
  });

const DOES = {
  fail() {
    for (let line = 1; line <= 100; line++) console.error(`line ${line}`);
    console.error("\u001b[31mout of luck\u001b[0m\u0000");
    process.exit(3);
  },
  hang() {
    const [child, daemon] = [sleeper(false), sleeper(true)];
    daemon.unref();
    notePids(process.pid, child.pid, daemon.pid);
    setInterval(() => {}, 1000);
  },
  ignore() {
    process.on("SIGTERM", () => console.log("no"));
    const child = sleeper(false, 'process.on("SIGTERM", () => {});');
    notePids(process.pid, child.pid);
    setInterval(() => {}, 1000);
  },
  leave() {
    const [child, daemon] = [sleeper(false), sleeper(true)];
    for (const each of [child, daemon]) each.unref();
    notePids(child.pid, daemon.pid);
    write();
    process.exit(0);
  },
  flood() {
    const line = `${"x".repeat(99)}\n`;
    for (let k = 0; k < 300; k++) process.stdout.write(line.repeat(100));
    process.stdout.write("y".repeat(5_000_000));
    write();
  },
  garbage: () => writeFileSync(spec.output.model, "no model at all"),
  nothing() {},
  shape() {
    write();
    writeFileSync(spec.output.result, '{"metrics": {"auc": "high"}}');
  },
};

function write() {
  copyFileSync(model, spec.output.model);
  writeFileSync(spec.output.result, JSON.stringify(result));
}

if (does === "") {
  notePids(process.pid);
  write();
} else DOES[does]();
