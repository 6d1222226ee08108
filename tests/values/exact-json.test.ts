import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonProblem } from "../../src/values/exact-json.js";
import { numberProblem } from "../../src/values/exact-number.js";
import { parseInstant } from "../../src/values/instant.js";
import { textProblem } from "../../src/values/text.js";

describe("a number", () => {
  it.each([
    ..."0 -0 -0.0 0e999 1 -7 0.1 123456789012345 9007199254740991 9007199254740992 9007199254740994 1e21".split(
      " ",
    ),
    ...[
      "100000000000000000000",
      "0.30000000000000004",
      "1.7976931348623157e308",
      "5e-324",
      "1E+2",
      "0.10000000000000001",
    ],
    "0.1000000000000000055511151231257827021181583404541015625",
  ])("%s is what a double gives back", (literal) => expect(numberProblem(literal)).toBeNull());

  it.each([
    ["9007199254740993", "is 9007199254740992 as a double"],
    ["-9007199254740993", "is -9007199254740992 as a double"],
    ["9007199254740993.0", "is 9007199254740992 as a double"],
    ["123456789012345678901234567890", "is 1.2345678901234568e+29 as a double"],
    ["0.1234567890123456789", "is 0.12345678901234568 as a double"],
    ["1e400", "is beyond what a double holds"],
    ["-1e999", "is beyond what a double holds"],
    ["1e-400", "is so small that a double holds 0"],
    ["4.123456e-320", "is 4.1235e-320 as a double"],
  ])("%s is not", (literal, problem) => expect(numberProblem(literal)).toBe(problem));

  it("of a double, however it is written, is never refused", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        for (const literal of [String(value), value.toExponential(), value.toPrecision(17)]) {
          expect([literal, Math.abs(value) < 2 ** -1022 ? null : numberProblem(literal)]).toEqual([
            literal,
            null,
          ]);
        }
      }),
      { examples: [[2383144854078154000]] },
    );
  });

  it("of any digits that is taken is the same number", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (whole) => {
        if (numberProblem(String(whole)) === null) expect(BigInt(Number(whole))).toBe(whole);
        else expect(BigInt(Number(whole))).not.toBe(whole);
      }),
    );
  });
});

describe("JSON", () => {
  it("that JavaScript writes is never refused", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        expect(jsonProblem(JSON.stringify(value, null, indent))).toBeNull();
      }),
    );
  });

  it.each([
    [
      '{"a":{"id":9007199254740993}}',
      "the number 9007199254740993 is 9007199254740992 as a double and could not be given back; send it as text",
    ],
    [
      "[1,[2, 1e999 ]]",
      "the number 1e999 is beyond what a double holds and could not be given back; send it as text",
    ],
    ['{"a":1,"b":{"a":1},"a":2}', 'the name "a" is there twice in one object'],
    ['{"a":1,"\\u0061":2}', 'the name "a" is there twice in one object'],
    ['[{"x":"\\\\","x":1}]', 'the name "x" is there twice in one object'],
  ])("%s is refused", (text, problem) => expect(jsonProblem(text)).toBe(problem));

  it.each([
    '{"a":"9007199254740993","b":"1e999 \\" 9007199254740993"}',
    '{"9007199254740993":{"9007199254740993":1}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
  ])("%s is taken: digits in texts and names are no numbers", (text) => expect(jsonProblem(text)).toBeNull());
});

it.each([
  [1_000, null],
  [1_001, "it is nested deeper than 1000 levels"],
])("JSON of %s levels: %s", (levels, problem) => {
  expect(jsonProblem("[".repeat(levels) + "]".repeat(levels))).toBe(problem);
  expect(jsonProblem(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`)).toBe(problem);
});

it.each([
  ["a\0", "it holds a NUL character"],
  ["\ud800", "it holds half of a surrogate pair, which is no character"],
  ["x\udc00y", "it holds half of a surrogate pair, which is no character"],
  ["\udc00\ud800", "it holds half of a surrogate pair, which is no character"],
  ["\u{1f600} é \ufffd", null],
])("the text %j: %s", (text, problem) => expect(textProblem(text)).toBe(problem));

it.each([
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ["2024-02-29t23:30:00.5+02:00", "2024-02-29T21:30:00.500Z"],
  ["9999-12-31T23:59:59-00:01", null],
  ["0001-01-01T00:00:00+00:01", null],
  ["2024-02-30T00:00:00Z", null],
  ["2024-01-31T24:00:00Z", null],
  ["2016-12-31T23:59:60Z", null],
  ["2024-01-31T10:30:00+24:00", null],
  ["2024-01-31T10:30:00", null],
  ["2024-01-31", null],
  ["+010000-01-01T00:00:00Z", null],
])("the instant %s is %s", (text, expected) =>
  expect(parseInstant(text)?.toISOString() ?? null).toBe(expected),
);
