import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeTooOld, OLDEST_NODE } from "../../bin/node-version.mjs";

describe("an old Node.js", () => {
  it.each([
    ["18.20.8", "asof needs Node.js 20.19 or newer, and this is 18.20.8"],
    ["20.18.3", "asof needs Node.js 20.19 or newer, and this is 20.18.3"],
    ["20.19.0", null],
    ["22.0.0", null],
  ])("%s is answered with %s", (version, expected) => expect(nodeTooOld(version)).toBe(expected));

  it("is what package.json says", () => {
    expect(JSON.parse(readFileSync("package.json", "utf8")).engines.node).toBe(`>=${OLDEST_NODE.join(".")}`);
  });

  // A file that an old Node.js cannot read, or whose imports it does not have, says only that.
  it.each(["src/main.ts", "src/demo/main.ts", "bin/asof.mjs", "scripts/build.mjs"])(
    "is asked for by %s before anything but Node.js's own is loaded",
    (file) => {
      const text = readFileSync(file, "utf8");
      const imported = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from!);
      const foreign = imported.filter((from) => !from.startsWith("node:"));
      expect(foreign).toEqual([expect.stringMatching(/node-version\.mjs$/)]);
      expect(text.indexOf("requireNode();")).toBeLessThan(text.search(/\bawait import\(|\bbuild\(/));
    },
  );
});
