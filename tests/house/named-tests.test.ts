import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

test("vitest.config.ts names each test once, and none that is gone", () => {
  const named = [...read("vitest.config.ts").matchAll(/"tests\/([^"*]+\.test\.ts)"/g)].map(
    ([, path]) => path!,
  );
  const { ofStreamFlow } = JSON.parse(read("tests/shipped.json")) as { ofStreamFlow: string[] };
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path, index) => named.indexOf(path) !== index)).toEqual([]);
  // Those of what is shipped are not in the clone of an adopter.
  const gone = named.filter((path) => !existsSync(fileURLToPath(new URL(`tests/${path}`, root))));
  expect(gone.filter((path) => !ofStreamFlow.includes(path))).toEqual([]);
});
