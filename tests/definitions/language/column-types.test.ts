import { describe, expect, it } from "vitest";
import { bigint, date, decimal, list, timestamp, vector } from "../../../src/definitions/language/column.js";
import { comparer } from "../../../src/definitions/language/column-types/compare.js";
import { factsOf, isColumnType } from "../../../src/definitions/language/column-types/registry.js";
import { deployment, entity, source } from "../../../src/definitions/language/deployment.js";
import { clockOf } from "../../../src/values/local-time.js";

/** What a text of a file is read as, or the expectation that it breaks. */
const read = (type: Parameters<typeof factsOf>[0], text: string, zone?: string) =>
  factsOf(type).reader<unknown>(
    (_, copy, value) => (copy === String(value) ? value : { value, copy }),
    (breaks) => `breaks ${breaks}`,
    zone === undefined ? {} : { zone },
  )(text);

describe("a bigint", () => {
  it.each([
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["9007199254740993.0", "9007199254740993"],
    ["+007", "7"],
    ["-0", "0"],
    ["9223372036854775808", "breaks type"],
    ["-9223372036854775809", "breaks type"],
    ["1.5", "breaks type"],
    ["1e3", "breaks type"],
    ["", "breaks type"],
  ])("%s is %s", (text, value) => expect(read("bigint", text)).toEqual(value));
});

describe("a decimal", () => {
  it.each([
    ["decimal(5,2)", "12.5", "12.50"],
    ["decimal(5,2)", "-.5", "-0.50"],
    ["decimal(5,2)", "-0.00", "0.00"],
    ["decimal(5,2)", "999.99", "999.99"],
    ["decimal(5,2)", "000123.4500", "123.45"],
    ["decimal(5,2)", "1000", "breaks type"],
    ["decimal(5,2)", "1.005", "breaks type"],
    ["decimal(5,2)", "NaN", "breaks type"],
    ["decimal(5,2)", ".", "breaks type"],
    ["decimal(5,2)", "1e2", "breaks type"],
    ["decimal(3,3)", "0.125", "0.125"],
    ["decimal(3,3)", "1", "breaks type"],
    ["decimal(4,0)", "9999", "9999"],
    ["decimal(4,0)", "1.0", "1"],
    ["decimal(38,10)", "1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"],
  ] as const)("%s: %s is %s; nothing is rounded", (type, text, value) =>
    expect(read(type, text)).toEqual(value),
  );
});

describe("a timestamp", () => {
  it.each([
    ["2024-01-31T10:00:00Z", undefined, "2024-01-31T10:00:00.000000Z"],
    ["2024-01-31 10:00:00+05:30", undefined, "2024-01-31T04:30:00.000000Z"],
    ["2024-01-31 10:00:00.123456 UTC", undefined, "2024-01-31T10:00:00.123456Z"],
    ["2024-01-31T10:00:00.123456000Z", undefined, "2024-01-31T10:00:00.123456Z"],
    ["1969-12-31T23:59:59.999999Z", undefined, "1969-12-31T23:59:59.999999Z"],
    ["2024-07-01 12:00", "Europe/Berlin", "2024-07-01T10:00:00.000000Z"],
    ["2024-01-01", "Europe/Berlin", "2023-12-31T23:00:00.000000Z"],
    ["2024-07-01T12:00:00Z", "Europe/Berlin", "2024-07-01T12:00:00.000000Z"],
    // Clocks go from 2:00 to 3:00, and from 3:00 back to 2:00.
    ["2024-03-31 01:59:59", "Europe/Berlin", "2024-03-31T00:59:59.000000Z"],
    ["2024-03-31 02:30:00", "Europe/Berlin", "breaks local_time"],
    ["2024-03-31 03:00:00", "Europe/Berlin", "2024-03-31T01:00:00.000000Z"],
    ["2024-10-27 02:30:00", "Europe/Berlin", "breaks local_time"],
    ["2024-10-27 02:30:00+02:00", "Europe/Berlin", "2024-10-27T00:30:00.000000Z"],
    ["2024-10-27 03:00:00", "Europe/Berlin", "2024-10-27T02:00:00.000000Z"],
    // A day that Samoa left out, and half an hour on Lord Howe.
    ["2011-12-30 12:00:00", "Pacific/Apia", "breaks local_time"],
    ["2024-10-06 02:15:00", "Australia/Lord_Howe", "breaks local_time"],
    ["2024-01-31 10:00:00", undefined, "breaks type"],
    ["2024-02-30T10:00:00Z", undefined, "breaks type"],
    ["2024-01-31T24:00:00Z", undefined, "breaks type"],
    ["2024-01-31T10:00:60Z", undefined, "breaks type"],
    ["2024-01-31T10:00:00.1234567Z", undefined, "breaks type"],
    ["0001-01-01T00:00:00+01:00", undefined, "breaks type"],
    ["9999-12-31T23:59:59-01:00", undefined, "breaks type"],
    ["2024-01-31T10:00:00+99:00", undefined, "breaks type"],
  ])("%s in the zone %s is %s", (text, zone, value) => expect(read("timestamp", text, zone)).toEqual(value));

  it("of PostgreSQL's text is the same", () => {
    expect(factsOf("timestamp").ofText("2024-01-31 10:00:00.5")).toBe("2024-01-31T10:00:00.500000Z");
    expect(factsOf("timestamp").ofText("2024-01-31 10:00:00")).toBe("2024-01-31T10:00:00.000000Z");
  });

  it("of local times is as Intl has it, every half hour of a year in five zones", () => {
    for (const zone of ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]) {
      const clock = clockOf(zone);
      const shown = new Intl.DateTimeFormat("sv-SE", {
        timeZone: zone,
        dateStyle: "short",
        timeStyle: "medium",
      });
      const counts = new Map<string, number>();
      for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2025, 0, 1); ms += 1_800_000) {
        const local = shown.format(ms);
        counts.set(local, (counts.get(local) ?? 0) + 1);
      }
      for (let ms = Date.UTC(2024, 0, 2); ms < Date.UTC(2024, 11, 30); ms += 1_800_000) {
        const local = shown.format(ms);
        const found = clock.instantOf(Date.parse(`${local.replace(" ", "T")}Z`));
        expect([zone, local, found]).toEqual([zone, local, counts.get(local) === 1 ? ms : null]);
      }
    }
  });
});

describe("a list", () => {
  it.each([
    ["list(string)", '["a","b\\"c","d\\\\e",""]', ["a", 'b"c', "d\\e", ""]],
    ["list(int)", "[1, -2]", [1, -2]],
    ["list(float)", "[0.1, -0, 1e-3]", [0.1, 0, 0.001]],
    ["list(bigint)", '[9007199254740993, "1"]', ["9007199254740993", "1"]],
    ["list(decimal(5,2))", "[1.5, 100]", ["1.50", "100.00"]],
    ["list(bool)", "[true, false]", [true, false]],
    ["list(date)", '["2024-01-31"]', ["2024-01-31"]],
    ["list(string)", "[]", []],
    ["list(string)", '["a", null]', "breaks type"],
    ["list(string)", "[1]", "breaks type"],
    ["list(int)", "[1.5]", "breaks type"],
    ["list(int)", "[2147483648]", "breaks type"],
    ["list(bool)", "[1]", "breaks type"],
    ["list(int)", '{"a":1}', "breaks type"],
    ["list(int)", "1,2", "breaks type"],
    ["list(string)", '["\\u0000"]', "breaks type"],
    ["list(int)", "[[1]]", "breaks type"],
  ] as const)("%s of %s", (type, text, value) => {
    const found = read(type, text);
    expect(typeof found === "string" ? found : (found as { value: unknown }).value).toEqual(value);
  });

  it("is written for PostgreSQL and read back from its text", () => {
    expect(read("list(string)", '["a\\tb","c\\\\d\\""]')).toMatchObject({
      copy: '{"a\\tb","c\\\\\\\\d\\\\""}',
    });
    expect(factsOf("list(bigint)").ofText('["1","2"]')).toEqual(["1", "2"]);
    expect(factsOf("list(bool)").ofText('["true","false"]')).toEqual([true, false]);
    expect(factsOf("list(float)").ofText('["0.1"]')).toEqual([0.1]);
  });
});

describe("a vector", () => {
  it.each([
    ["[1, 2.5, -3]", [1, 2.5, -3]],
    ["[1, 2]", "breaks type"],
    ["[1, 2, 3, 4]", "breaks type"],
    ["[1, NaN, 3]", "breaks type"],
    ['[1, "NaN", 3]', "breaks type"],
    ["[1, null, 3]", "breaks type"],
    ["[1, 1e999, 3]", "breaks type"],
    ["[]", "breaks type"],
  ])("of 3: %s", (text, value) => {
    const found = read("vector(3)", text);
    expect(typeof found === "string" ? found : (found as { value: unknown }).value).toEqual(value);
  });
});

describe("values of two types", () => {
  it.each([
    ["bigint", "9007199254740993", "bigint", "9007199254740992", 1],
    ["bigint", "9007199254740993", "float", "9007199254740992", 1],
    ["int", "2", "decimal(5,2)", "2.00", 0],
    ["decimal(20,1)", "90071992547409930.1", "decimal(20,2)", "90071992547409930.10", 0],
    ["decimal(5,2)", "0.10", "float", "0.1", 0],
    ["date", "2024-01-31", "date", "2024-02-01", -1],
    ["timestamp", "2024-01-31T10:00:00.000000Z", "timestamp", "2024-01-31T10:00:00.000001Z", -1],
  ] as const)("compare exactly: %s %s and %s %s", (a, left, b, right, expected) => {
    expect(comparer(a, b)!(left, right)).toBe(expected);
    expect(comparer(b, a)!(right, left)).toBe(expected === 0 ? 0 : -expected);
  });

  it("do not compare where they are of another kind", () => {
    expect(comparer("date", "timestamp")).toBeNull();
    expect(comparer("string", "string")).toBeNull();
    expect(comparer("int", "date")).toBeNull();
    expect(comparer("int", "int")!("x", "1")).toBeNaN();
  });
});

describe("a declaration", () => {
  const problemOf = (column: any): string => {
    const items = source("items", { columns: { c: column } });
    try {
      deployment({
        name: "d",
        entity: entity("item", { key: "item_id" }),
        entitySource: items,
        sources: [items],
        views: [],
        services: [],
      });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  it.each([
    [decimal(39, 2), "there is no type decimal(39,2); decimal takes 1 to 38 digits"],
    [decimal(2, 3), "there is no type decimal(2,3)"],
    [decimal(0, 0), "there is no type decimal(0,0)"],
    [vector(0), "there is no type vector(0)"],
    [vector(16_001), "there is no type vector(16001)"],
    [vector(1.5), "there is no type vector(1.5)"],
    [list(timestamp() as any), "there is no type list(timestamp)"],
    [timestamp({ zone: "Europe/Berlln" }), 'zone "Europe/Berlln" must be a timestamp\'s zone'],
    [timestamp({ zone: "+01:00" }), "must be a timestamp's zone of the IANA database"],
    [timestamp({ min: "2024-01-31T10:00:00" }), 'min "2024-01-31T10:00:00" must be an instant'],
    [bigint({ min: 0.5 }), "min 0.5 must be a whole number"],
    [bigint({ min: 2 ** 60 }), "must be a whole number from"],
    [bigint({ min: 10n ** 15n, max: "999" }), "min 1000000000000000 is above max 999"],
    [decimal(4, 2, { max: "0.001" }), "nothing is rounded"],
    [date({ min: "2024-02-30" }), 'min "2024-02-30" must be a date that exists'],
    [date({ min: "2024-02-01", max: "2024-01-31" }), "min 2024-02-01 is above max 2024-01-31"],
  ])("that contradicts itself is refused: %o", (column, problem) => {
    expect(problemOf(column)).toContain(`source items: column "c": `);
    expect(problemOf(column)).toContain(problem);
  });

  it.each([
    [decimal(38, 38)],
    [vector(16_000)],
    [list(decimal(5, 2))],
    [timestamp({ zone: "Europe/Berlin", min: "2024-01-31T10:00:00+01:00" })],
    [bigint({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    [decimal(18, 2, { min: "0.01", max: 1000 })],
  ])("is taken: %o", (column) => expect(problemOf(column)).toBe(""));

  it("is JSON, as the deployment's hash needs it", () => {
    expect(JSON.parse(JSON.stringify(bigint({ min: 1n })))).toEqual({
      type: "bigint",
      required: false,
      min: "1",
    });
    expect(
      ["list(vector(2))", "decimal(5)", "list()", "text", "vector(-1)", "int()", 5].some(isColumnType),
    ).toBe(false);
  });
});
