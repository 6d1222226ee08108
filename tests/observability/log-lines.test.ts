import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { until } from "../support/until.js";

const LOG = pathToFileURL(resolve(".test-dist/observability/log.js")).href;

/** A process that logs as asof does. Nobody reads what it writes before `read`. */
function logging(code: string) {
  const script = `import { createLogger } from "${LOG}"; const logger = createLogger("info"); ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  let output = "";
  const read = () =>
    child.stdout!.on("data", (text) => {
      output += text;
    });
  const lines = () => output.split("\n").slice(0, -1);
  return { child, exited, read, messages: () => lines().map((line) => JSON.parse(line).msg as string) };
}

/** More than a pipe takes: the first lines are being written for as long as nobody reads. */
const LONG = 'for (let i = 0; i < 50; i++) logger.info("x".repeat(20_000));';

it("a line that comes while others are being written follows them at once, though nothing is logged after it", async () => {
  const { child, exited, read, messages } = logging(
    `${LONG} setImmediate(() => { logger.info("the last"); setImmediate(() => process.send("logged")); });
     process.on("message", () => {});`,
  );
  await once(child, "message");
  read();
  try {
    await until("the last line has come", () => messages().at(-1) === "the last");
    expect(messages()).toHaveLength(51);
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
});

it("what is logged just before the process ends is written", async () => {
  const { exited, read, messages } = logging('logger.info("one"); logger.error("two"); process.exit(3);');
  read();
  expect((await exited)[0]).toBe(3);
  await until("both have come", () => messages().length === 2);
  expect(messages()).toEqual(["one", "two"]);
});
