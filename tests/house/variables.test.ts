import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { VARIABLES } from "../../src/process/config.js";
import { unknownVariables } from "../../src/process/unknown-variables.js";

const read = (path: string) => readFileSync(path, "utf8");
/** @returns a sentence for each name that asof does not read */
const unknown = (names: Iterable<string>) => {
  const all = [...names];
  return unknownVariables(Object.fromEntries(all.map((name) => [name, "set"])), VARIABLES, all);
};

describe("variables that nothing reads are named nowhere", () => {
  it("in docker-compose.yml, for the services of asof", () => {
    const { services } = parse(read("docker-compose.yml"), { merge: true });
    const names = ["asof", "api", "worker"].flatMap((name) => Object.keys(services[name].environment));
    expect(names).toEqual(expect.arrayContaining(["DATABASE_DIRECT_URL", "REDIS_URL"]));
    expect(unknown(names)).toEqual([]);
  });

  it("in ops/kubernetes", () => {
    const [{ literals }] = parse(read("ops/kubernetes/kustomization.yaml")).configMapGenerator;
    const names = literals.map((literal: string) => literal.split("=")[0]);
    for (const file of ["api.yaml", "worker.yaml"])
      for (const document of parseAllDocuments(read(`ops/kubernetes/${file}`)))
        for (const { env } of document.toJS().spec?.template?.spec.containers ?? [])
          names.push(...env.map(({ name }: { name: string }) => name));
    expect(names).toEqual(expect.arrayContaining(["SHUTDOWN_DRAIN_MS", "DATABASE_READ_URL"]));
    expect(unknown(names)).toEqual([]);
  });

  it("in the docs: neither set, nor misspelt", () => {
    const pages = readdirSync("docs", { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".md"),
    );
    const text = ["README.md", ...pages.map((name) => `docs/${name}`)].map(read).join("\n");
    const set = [...text.matchAll(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)=/g)].map(([, name]) => name!);
    // MLflow's clients read these.
    expect(unknown(set.filter((name) => !name.startsWith("MLFLOW_")))).toEqual([]);
    const named = [...text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name);
    expect(unknownVariables(Object.fromEntries(named.map((name) => [name, "set"])), VARIABLES)).toEqual([]);
    expect(named.length).toBeGreaterThan(100);
  });
});
