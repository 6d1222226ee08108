import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.stop());

const digits = (maxLength: number) =>
  fc.array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength }).map((all) => all.join(""));
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.maxSafeInteger().map(String),
  fc
    .tuple(fc.constantFrom("", "-"), digits(24), fc.constantFrom("", ".5", ".0", ".12345678901234567890"))
    .map(([sign, whole, fraction]) => `${sign}${whole.replace(/^0+(?=.)/, "")}${fraction}`),
  fc.tuple(digits(3), fc.integer({ min: -400, max: 400 })).map(([d, e]) => `1.${d}e${e}`),
);
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\ud800"',
    '"\\udc00a"',
    '"\\u0000"',
    '"\\ud83d\\ude00"',
    '"9007199254740993"',
    '"__proto__"',
  ),
);
/** JSON as text, of numbers and texts that JSON.stringify would not write. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    numbers,
    texts,
    fc.constantFrom("true", "false", "null"),
    fc.array(tie("json"), { maxLength: 3 }).map((all) => `[${all.join(",")}]`),
    fc
      .array(fc.tuple(fc.oneof(texts, fc.constant('"a"')), tie("json")), { maxLength: 3 })
      .map((all) => `{${all.map(([name, value]) => `${name}:${value}`).join(",")}}`),
  ),
}));

/** The decimal that is written, without a double in between: digits and exponent. */
function decimal(literal: string): string {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(
    literal,
  )!;
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = all.replace(/0+$/, "");
  return kept === ""
    ? "0"
    : `${sign}${kept}e${Number(exponent) - fraction.length + all.length - kept.length}`;
}

/** Numbers and texts of a JSON text, in order. */
function leaves(text: string): string[] {
  const found = text.match(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  return found.map((leaf) => (leaf.startsWith('"') ? (JSON.parse(leaf) as string) : leaf));
}

it(
  "whatever parameters are given come back as they were, or are refused as the client's own",
  () =>
    fuzz(json, 40, async (value) => {
      const query = "mutation($params: JSON) { createRun(input: { params: $params }) { params } }";
      const body = `{"query":${JSON.stringify(query)},"variables":{"params":{"value":${value}}}}`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${app.client.address}/graphql`, { method: "POST", headers, body });
      const answer = await response.text();
      const { errors } = JSON.parse(answer);
      if (errors) {
        expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
        return;
      }
      // Names come back in another order; values of a name that is there twice would be fewer.
      const back = leaves(answer.slice(answer.indexOf('"value":') + 8));
      const given = leaves(value);
      const number = /^-?\d/;
      const doubled = (leaf: string) =>
        number.test(leaf) && !Number.isNaN(Number(leaf)) ? Number(leaf) : leaf;
      expect(back.map(doubled).sort()).toEqual(
        given
          .map(doubled)
          .map((leaf) => (leaf === 0 ? 0 : leaf))
          .sort(),
      );
      for (const literal of given.filter((leaf) => number.test(leaf) && !leaf.includes("."))) {
        if (!/e/i.test(literal))
          expect(back.map((leaf) => (number.test(leaf) ? decimal(leaf) : leaf))).toContain(decimal(literal));
      }
    }),
  fuzzTimeoutMs,
);
