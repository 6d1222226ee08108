import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = new URL("../../src/", import.meta.url);
const EXPORT =
  /^export (?:default )?(?:abstract )?(?:async )?(const|function\*?|class|interface|type|enum) (\w+)/gm;

/** Each exported name, with the files that declare it. Excepted: a GraphQL enum has the name of the type that it mirrors. */
function declarations(): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const file of readdirSync(fileURLToPath(src), { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".ts")) continue;
    const text = readFileSync(new URL(file, src), "utf8");
    for (const [, , name] of text.matchAll(EXPORT)) {
      if (text.includes(`registerEnumType(${name},`)) continue;
      found.set(name!, (found.get(name!) ?? new Set()).add(file));
    }
  }
  return new Map([...found].map(([name, files]) => [name, [...files]]));
}

test("an exported name is declared in one file", () => {
  const names = declarations();
  expect(names.size).toBeGreaterThan(1_000);
  const twice = [...names].filter(([, files]) => files.length > 1);
  expect(Object.fromEntries(twice)).toEqual({});
});
