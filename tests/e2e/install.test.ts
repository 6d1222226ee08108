import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe("npm ci", () => {
  // Its script downloads CUDA libraries, and fails where it cannot. npm 10 runs the scripts of those that the lock file
  // marks; npm 11 asks allowScripts. After an update of the package, take the mark out again.
  it("runs no script of onnxruntime-node, on npm 10 and 11", () => {
    const locked = read("package-lock.json").packages["node_modules/onnxruntime-node"];
    expect(locked.version).toMatch(/^1\./);
    expect(locked).not.toHaveProperty("hasInstallScript");
    expect(read("package.json").allowScripts["onnxruntime-node"]).toBe(false);
  });

  it("finds only keys in .npmrc that npm knows", () => {
    const keys = readFileSync(".npmrc", "utf8").match(/^[\w-]+/gm);
    expect(keys).toEqual(["fund", "audit"]);
  });
});
