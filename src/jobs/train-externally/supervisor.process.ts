/**
 * Stands between asof and a training command: starts it in this process's group, and ends with the command's code. Where asof
 * is gone, killed say, its end of the standard input closes, and whatever the command has started is ended.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { endMarked, RUN_MARK } from "./command-groups.js";

const [graceMs, command, ...args] = process.argv.slice(2);
const runId = process.env[RUN_MARK]!;
let orphaned = false;

async function endAll(): Promise<void> {
  await endMarked(runId);
  process.kill(0, "SIGKILL");
}

// The command's to end by.
process.on("SIGTERM", () => {});
const child = spawn(command!, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error: NodeJS.ErrnoException) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code === "ENOENT" ? 127 : 126;
  process.stdin.destroy();
});
child.once("exit", (code, by) => {
  if (orphaned) void endAll();
  else process.exit(by ? 128 + constants.signals[by] : code!);
});
process.stdin.once("close", () => {
  if (process.exitCode !== undefined) return;
  orphaned = true;
  process.kill(0, "SIGTERM");
  setTimeout(() => void endAll(), Number(graceMs));
});
process.stdin.resume();
