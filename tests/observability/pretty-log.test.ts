import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { prettyLines } from "../../src/observability/pretty.js";

function logged(write: (logger: pino.Logger) => void, colours = false): string {
  let text = "";
  write(pino({ level: "trace" }, prettyLines({ write: (line) => (text += line) }, colours)));
  return text;
}

describe("log lines on a terminal", () => {
  it("are a time, a level, the message and its fields", () => {
    const line = logged((logger) =>
      logger.child({ runId: "r1" }).info({ ms: 3, what: "two words" }, "run ended"),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}run ended {2}runId=r1 ms=3 what="two words"\n$/);
  });

  it("show an error with its stack below", () => {
    const lines = logged((logger) => logger.error({ err: new Error("no room") }, "a request failed")).split(
      "\n",
    );
    expect(lines[0]).toMatch(/ERROR a request failed$/);
    expect(lines[1]).toBe("    Error: no room");
    expect(lines[2]).toMatch(/^ {8}at /);
  });

  it("are coloured where that is wanted, and never by what a client sent", () => {
    const line = logged((logger) => logger.warn({ url: "/\x1b[31m" }, "asked for \x1b]0;mine\x07"), true);
    expect(line.split("\x1b[").length - 1).toBe(6);
    expect(line).toContain("asked for \\x1b]0;mine\\x07");
    for (const command of ["\x1b]", "\x1b[31m"]) expect(line).not.toContain(command);
  });

  it("pass on what is no line of the log", () => {
    let text = "";
    prettyLines({ write: (line) => (text += line) }, false).write("hello\n{not json\n7\n");
    expect(text).toBe("hello\n{not json\n7\n");
  });
});
