import { expect, test } from "vitest";
import { trainKind } from "../../src/jobs/train/train.job.js";
import { testing } from "../support/deployment/testing.js";

const request = (params: unknown) => trainKind.request(testing).safeParse({ asOf: "2024-01-31", params });

test.each([
  ["a text", { trees: ["\u0000"] }],
  ["a key", { "\u0000": 1 }],
  ["a text far within", { a: [{ b: { c: "x\u0000" } }] }],
])("JSON that no database can hold is refused where it is sent: %s", (_where, params) => {
  const { success, error } = request(params);
  expect([success, error?.issues[0]?.path, error?.issues[0]?.message]).toEqual([
    false,
    ["params"],
    "it holds a NUL character",
  ]);
});

test("other JSON is taken as it is", () => {
  expect(request({ trees: ["\u0001", "ä", "😀"] }).data?.params).toEqual({ trees: ["\u0001", "ä", "😀"] });
});
