import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
let folder: string;

/** A client's project: its documents and configuration, the schema as it is published, and the examples. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asof-client-tools-"));
  cpSync(join(ROOT, "tests/schema/clients"), folder, { recursive: true });
  for (const published of ["schema.graphql", "examples"])
    cpSync(join(ROOT, published), join(folder, published), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (tool: string, ...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(join(folder, "node_modules/.bin", tool), args, { cwd: folder, encoding: "utf8" });

function expectNoComplaint({ status, stdout, stderr }: SpawnSyncReturns<string>): void {
  if (status !== 0) expect.fail(`exit ${status}\n${stdout}\n${stderr}`);
}

/** Runs a tool on a changed file, which is put back afterwards. */
function withChanged(file: string, change: (text: string) => string, tool: string, ...args: string[]) {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
  const { status, stdout, stderr } = run(tool, ...args);
  writeFileSync(path, text);
  return { status, output: stdout + stderr };
}

describe("relay-compiler", () => {
  it("takes every connection as @connection and every Node type as @refetchable", () => {
    expectNoComplaint(run("relay-compiler"));
    const schema = readFileSync(join(folder, "schema.graphql"), "utf8");
    const documents = readFileSync(join(folder, "relay/pages.js"), "utf8");
    const connections = [...schema.matchAll(/^ {2}(?:\): |\w+: )(\w+Connection)!?$/gm)].map(
      ([, type]) => type,
    );
    expect(documents.match(/@connection\(/g)).toHaveLength(connections.length);
    for (const [, type] of schema.matchAll(/^type (\w+) implements Node/gm)) {
      expect(documents).toMatch(
        new RegExp(`fragment \\w+ on ${type}\\s+(@argumentDefinitions.*\\s+)?@refetchable`),
      );
    }
    const made = readdirSync(join(folder, "relay/__generated__"));
    expect(made).toContain("pagesRunQuery.graphql.js");
    const refetch = readFileSync(join(folder, "relay/__generated__/pagesRunQuery.graphql.js"), "utf8");
    expect(refetch).toContain("node(id: $id)");
  });

  it("refuses @connection on a list that is none", () => {
    const { status, output } = withChanged(
      "relay/pages.js",
      (text) =>
        text.replace("artifacts(first: 10) {", 'artifacts(first: 10) @connection(key: "x_artifacts") {'),
      "relay-compiler",
    );
    expect([status, output]).toEqual([1, expect.stringContaining("artifacts")]);
  });
});

describe("graphql-codegen's client preset", () => {
  it("makes typed documents that type-check", () => {
    expectNoComplaint(run("graphql-codegen", "--config", "codegen.json"));
    expectNoComplaint(run("tsc", "-p", "."));
  });
});

describe("graphql-eslint's recommended rules", () => {
  it("hold for the schema and the examples, but for the exceptions", () => {
    expectNoComplaint(run("eslint", "schema.graphql", "examples"));
  });

  it("find a type without an id, a field that is called after its type, and an exception that nothing needs", () => {
    const { status, output } = withChanged(
      "schema.graphql",
      (text) =>
        text
          .replaceAll(/\bPushWarning\b/g, "PushRemark")
          .replace("type Health {", 'type Health {\n"Its state."\nhealthState: String\n'),
      "eslint",
      "schema.graphql",
    );
    expect(status).toBe(1);
    expect(output).toContain('type "PushRemark" must have exactly one non-nullable unique identifier');
    expect(output).toContain("PushWarning needs no exception");
    expect(output).toContain('Field "healthState" starts with the name of the parent type "Health"');
  });
});
