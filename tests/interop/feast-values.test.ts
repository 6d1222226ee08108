import { expect, it } from "vitest";
import { feastValue, feastValueType } from "../../src/interop/feast/value-type.js";

it.each([
  ["float", 20, "20.0"],
  ["float", -0, "-0.0"],
  ["float", 0.1, "0.1"],
  ["float", 1e21, "1e+21"],
  ["float", null, "null"],
  ["int", 20, "20"],
  ["bigint", "9007199254740993", "9007199254740993"],
  ["decimal(18,2)", "12.50", '"12.50"'],
  ["string", 'a"b', '"a\\"b"'],
  ["list(bigint)", ["9007199254740993", "1"], "[9007199254740993,1]"],
  ["list(string)", ["a", "1"], '["a","1"]'],
  ["vector(2)", [1, 0.5], "[1.0,0.5]"],
  ["bool", false, "false"],
] as const)("%s %s is written %s", (type, value, text) => {
  expect(feastValue(value, type)).toBe(text);
});

it("names every type as Feast does", () => {
  const types = [
    "int",
    "bigint",
    "float",
    "bool",
    "string",
    "date",
    "timestamp",
    "decimal(9,2)",
    "list(float)",
    "list(string)",
    "vector(3)",
  ] as const;
  expect(types.map((type) => feastValueType(type))).toEqual([4, 4, 5, 7, 2, 2, 8, 44, 15, 12, 15]);
});
