import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "asof-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The SHA-256 of a model that a process of its own trained in a thread. */
function trainedFrom(code: string, extension: string, ...options: string[]): string {
  const module = (name: string) =>
    JSON.stringify(pathToFileURL(`${process.cwd()}/${code}/training/${name}.${extension}`));
  const script = `
    import { trainInWorker } from ${module("train")};
    import { TrainingDataBuilder } from ${module("training-data")};
    const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }]);
    for (let row = 0; row < 80; row++) builder.add("user-" + row, row % 3 === 0, [row % 7]);
    const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
    const { sha256 } = await trainInWorker(builder.finish(), options);
    console.log(sha256);`;
  const file = join(folder, `${code}.mjs`);
  writeFileSync(file, script);
  return execFileSync(process.execPath, [...options, file], { encoding: "utf8" });
}

test("the built thread and the one tsx runs from source give the same model", () => {
  const built = trainedFrom(".test-dist", "js");
  expect(built).toMatch(/^[0-9a-f]{64}\n$/);
  expect(trainedFrom("src", "ts", "--import", "tsx")).toBe(built);
});
