import { readFileSync } from "node:fs";
import { buildASTSchema, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { withTables } from "../../scripts/docs-cli.js";
import { documentOf } from "../../src/cli/api/api-command.js";
import { parametersOf } from "../../src/cli/api/parameters.js";
import { schemaOf, shippedSchema } from "../../src/cli/api/schema.js";
import { type Command } from "../../src/cli/command.js";
import { apiCommands, commandsOf, withoutCommand } from "../../src/cli/commands.js";
import { UsageError } from "../../src/cli/errors.js";
import { helpOf, runLine } from "../../src/cli/program.js";

const sdl = readFileSync("schema.graphql", "utf8");
const graphql = buildASTSchema(parse(sdl));
const schema = shippedSchema();
const commands = [...commandsOf(schema)];

/** Root fields of queries and mutations. */
const rootFields = [graphql.getQueryType()!, graphql.getMutationType()!].flatMap((type) =>
  Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
);

describe("the command line", () => {
  it("has a command for each query and mutation, or a reason why not", () => {
    const covered = [...apiCommands.map(({ field }) => String(field)), ...Object.keys(withoutCommand)];
    // A new field: give it a record in src/cli/commands/, or a reason in `withoutCommand`.
    expect(rootFields.filter((field) => !covered.includes(field))).toEqual([]);
    expect(covered.filter((field) => !rootFields.includes(field))).toEqual([]);
  });

  it.each(apiCommands.map((record) => [record.name, record] as const))(
    "asks for what the schema has: %s",
    (_, record) => {
      const field = schema.root(record.field);
      const parameters = parametersOf(field, schema, { names: {}, without: {}, files: [], ...record });
      const everything = { has: () => true, value: () => null };
      const { text } = documentOf(field, parameters, everything, record.view, schema.names);
      expect(validate(graphql, parse(text))).toEqual([]);
    },
  );

  it("is the table in docs/cli.md", () => {
    const text = readFileSync("docs/cli.md", "utf8");
    // Where it differs: npm run docs:cli.
    expect(withTables(text, commands)).toBe(text);
  });

  it("shows the values, defaults and requirements that the schema states", () => {
    const ingest = helpOf("ingest", commands).replace(/\s+/g, " ");
    expect(ingest).toMatch(/Required: --as-of <2024-01-31> /);
    const help = helpOf("tune", commands).replace(/\s+/g, " ");
    expect(help).toMatch(/Options: --as-of <2024-01-31> /);
    expect(help).toMatch(
      /--metric <value> .*One of auc, average-precision, log-loss, brier, rmse, mae, mape, r2, accuracy, macro-f1, weighted-f1, macro-auc\./,
    );
    expect(help).toMatch(/--trials <n> .*Default: 20\./);
  });

  it("follows a schema of other names, values and defaults", async () => {
    const other = commandsOf(
      schemaOf(
        sdl
          .replaceAll("userId", "customerId")
          .replace("GRADIENT_BOOSTING\n", "GRADIENT_BOOSTING\n  NEAREST_NEIGHBOURS\n")
          .replace("trials: Int! = 20", "trials: Int! = 7"),
      ),
    );
    expect(helpOf("train", other)).toMatch(/nearest-neighbours/);
    expect(helpOf("tune", other).replace(/\s+/g, " ")).toMatch(/--trials <n> .*Default: 7\./);
    expect(helpOf("predict", other)).toMatch(/<key>|key /);
    let given: unknown;
    const line = ["train", "--as-of", "2024-01-31", "--algorithm", "nearest-neighbours"];
    await runLine(line, other, "", async (_, values) => {
      given = values.value("algorithm");
      return 0;
    });
    expect(given).toBe("NEAREST_NEIGHBOURS");
  });
});

describe("a line of words", () => {
  const read = async (...words: string[]) => {
    let values: Record<string, unknown> = {};
    await runLine(words, commands, "", async (command: Command, given) => {
      const names = [...command.positionals, ...command.options].map(({ name }) => name);
      values = Object.fromEntries(
        names.filter((name) => given.has(name)).map((name) => [name, given.value(name)]),
      );
      return 0;
    });
    return values;
  };

  it.each([
    [["compare", "--as-of", "D", "--delta", "-0.5"], { "as-of": "D", delta: -0.5 }],
    [
      ["export", "--as-of-from", "D", "--formats", "csv", "--formats", "parquet"],
      { "as-of-from": "D", formats: ["CSV", "PARQUET"] },
    ],
    [["retention", "--no-dry-run", "--until", "D"], { "dry-run": false, until: "D" }],
    [["schedules", "--json"], { json: true }],
    [["schedules", "pause", "nightly", "--json"], { name: "nightly", json: true }],
    [["predict-many", "a", "b"], { key: ["a", "b"] }],
    [["runs", "-f"], { follow: true }],
    [["drift", "--from", "D", "--served-version", "3"], { from: "D", "served-version": 3 }],
    [["predict", "--", "--odd-key"], { key: "--odd-key" }],
  ])("%j", async (words, values) => {
    expect(await read(...words)).toEqual(values);
  });

  it.each([
    [["schedules", "puase"], 'there is no command "schedules puase"; did you mean "schedules pause"?'],
    [["alias", "st"], 'alias st: set or remove is expected; did you mean "set"?'],
    [["train", "--as-of"], "--as-of: a value is expected"],
    [
      ["tune", "--as-of", "D", "--metric", "acu"],
      '--metric "acu": expected is one of auc, average-precision, log-loss, brier, rmse, mae, mape, r2, accuracy, macro-f1, weighted-f1, macro-auc; did you mean "auc"?',
    ],
    [["train", "--as-of", "D", "--params", "{"], /^--params "\{" is no JSON: /],
    [["train", "--as-of", "D", "--params", "@nowhere.json"], /^--params: ENOENT.*nowhere\.json/],
    [["log-params", "R", '{"a":9007199254740993}'], /^<params>: the number 9007199254740993 /],
  ])("%j is refused", async (words, message) => {
    const refused = await read(...words).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(UsageError);
    expect((refused as Error).message).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });
});
