import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What an adopter replaces: the definitions in force, their migrations, the schema and the sample input. */
const SHIPPED = [
  /src\/definitions\/(index|streamflow)\b/,
  /drizzle\/(streamflow|\$\{)/,
  /["'`](\.\.\/)*schema\.graphql\b/,
  /DATA_DIR: "data"|\.\.\/data\/"/,
];

/** The tests of just that. Those of StreamFlow go with it; the others hold for whatever is there instead. */
const { ofStreamFlow, ofWhatIsThere } = JSON.parse(readFileSync("tests/shipped.json", "utf8"));

it("tests ask nothing of what an adopter replaces, but for those of just that", () => {
  const files = readdirSync("tests", { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && file !== "support/independence.test.ts",
  );
  const dependent = files.filter((file) => {
    const text = readFileSync(join("tests", file), "utf8");
    return SHIPPED.some((pattern) => pattern.test(text));
  });
  expect(dependent.sort()).toEqual([...ofStreamFlow, ...ofWhatIsThere].sort());
});
