import { expect, test } from "vitest";
import { int } from "../../src/definitions/language/column.js";
import { declareColumns } from "../../src/schema/generated-fields.js";

test("two columns that would be one field are refused by name", () => {
  class Any {}
  expect(() => declareColumns(Any, { fee_a: int(), feeA: int() })).toThrow(
    "columns fee_a and feeA would both be the GraphQL field feeA",
  );
});
