import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "dotenv";
import { afterAll, describe, expect, it } from "vitest";
import { VARIABLES } from "../../src/process/config.js";
import { ConfigError, parseDotEnv, readDotEnv } from "../../src/process/dot-env.js";
import { unknownVariables } from "../../src/process/unknown-variables.js";
import { asof } from "../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "asof-dot-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(".env", () => {
  it.each([
    "PORT=1\n# comment\n\nexport HOST = '::1'  # said\nA=\"x\\ny\"\nB='a # b'",
    'ASOF_ADMIN_TOKEN="-----\ntwo lines\n-----"\r\nPORT=5\r\n',
    "EMPTY=\nNEXT=2\nBLANK=   # nothing\n",
    "U=postgres://u:p%25@h/d?x=y",
    "",
  ])("is read as dotenv reads it: %j", (text) => {
    expect(parseDotEnv(text)).toEqual(parse(text));
  });

  it.each([
    ["PORT=1\nthis is no line\n", /^\.env cannot be used: line 2: NAME=value is expected \(see/],
    ["PORT", /line 1: NAME=value/],
    ["MY PORT=1", /line 1: NAME=value/],
    ["=4000", /line 1: NAME=value/],
    ["DATABASE-URL=x", /line 1: DATABASE-URL is no name/],
    ['A=1\nASOF_ADMIN_TOKEN="hunter2', /line 2: the quote after ASOF_ADMIN_TOKEN= is not closed/],
    ["DATABASE_URL=postgres://u:hunter2#3@h/d", /line 1: DATABASE_URL is cut off at its #; put the value/],
    ["A\n\nB\n", /line 1: NAME=value is expected; line 3: NAME=value is expected/],
  ])("is refused with the line where it says something else than it seems to: %j", (text, message) => {
    let error: unknown;
    try {
      parseDotEnv(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("hunter2");
  });

  it("leaves alone what is set already, and need not be there", () => {
    const file = join(folder, "one.env");
    writeFileSync(file, "PORT=1\nHOST=h\n");
    const env: NodeJS.ProcessEnv = { PORT: "2" };
    expect(readDotEnv(env, file)).toEqual(["PORT", "HOST"]);
    expect(env).toEqual({ PORT: "2", HOST: "h" });
    expect(readDotEnv(env, join(folder, "none.env"))).toEqual([]);
  });

  it("is explained by every command that reads it", async () => {
    writeFileSync(join(folder, ".env"), "PORT 4000\n");
    const { code, err } = await asof(["doctor"], {}, folder);
    expect([code, err]).toEqual([
      1,
      "asof: .env cannot be used: line 1: NAME=value is expected (see .env.example)\n",
    ]);
  });
});

describe("a variable that asof does not know", () => {
  const said = (env: Record<string, string>, inFile: string[] = []) =>
    unknownVariables(env, VARIABLES, inFile);
  it.each([
    ["DATABSE_URL", "DATABASE_URL"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["ASOF_HOEM", "ASOF_HOME"],
    ["ASOF_PROCESES", "ASOF_PROCESSES"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["log_level", "LOG_LEVEL"],
    ["GRAPHQL_MAX_DEPHT", "GRAPHQL_MAX_DEPTH"],
  ])("%s is said, with what was meant: %s", (name, meant) => {
    expect(said({ [name]: "x" })).toEqual([
      `${name} is set, but is no variable of asof's; did you mean ${meant}?`,
    ]);
  });

  it("is said of any name that .env sets, and of asof's own prefix", () => {
    expect(said({ PROT: "1", SOMETHING: "1" }, ["PROT", "SOMETHING"])).toEqual([
      "PROT is set, but is no variable of asof's; did you mean PORT?",
      "SOMETHING is set, but is no variable of asof's (.env.example names all)",
    ]);
    expect(said({ ASOF_WHATEVER_IT_IS: "1" })).toHaveLength(1);
  });

  it("is nobody's business elsewhere", () => {
    const others = { BASE_URL: "x", CACHE_URL: "x", PATH: "x", USER: "x", HOSTNAME: "x" };
    const env = { ...others, PROT: "1", PGHOST: "x", OTEL_SERVICE_NAME: "x" };
    expect(
      said({ ...env, ASOF_TOKEN: "x", POSTGRES_PASSWORD: "x", DATA_DIR: "x" }, ["POSTGRES_PASSWORD"]),
    ).toEqual([]);
  });
});
