import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** Inside node_modules, so that the built files find their packages. */
const outdir = mkdtempSync(join(ROOT, "node_modules/.training-test-"));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

test("the files scripts/build.mjs makes train in a thread under plain node", async () => {
  const entryPoints = ["src/training", "src/errors"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(ROOT, folder, name)),
  );
  await build({ entryPoints, outdir, outbase: join(ROOT, "src"), format: "esm", platform: "node" });
  const script = `
    import { trainInWorker } from "./training/train.js";
    import { TrainingDataBuilder } from "./training/training-data.js";
    const builder = new TrainingDataBuilder([{ name: "x", kind: "numeric" }]);
    for (let row = 0; row < 80; row++) builder.add("user-" + row, row % 3 === 0, [row % 7]);
    const options = { algorithm: "LOGISTIC_REGRESSION", seed: 1, testFraction: 0.25, params: {} };
    const { sha256 } = await trainInWorker(builder.finish(), options);
    console.log(sha256);`;
  writeFileSync(join(outdir, "main.mjs"), script);
  const printed = execFileSync(process.execPath, ["main.mjs"], { cwd: outdir, encoding: "utf8" });
  expect(printed).toMatch(/^[0-9a-f]{64}\n$/);
});
