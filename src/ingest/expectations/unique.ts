import { z } from "zod";
import { quote } from "../../db/pool.js";
import { ANY_TYPE } from "./each-value.js";
import { defineExpectation } from "./expectation.js";
import type { StagedSet } from "./staged-set.js";

/** All but the first row of each value. */
const repeated = ({ table, column, keyName }: StagedSet) =>
  `with repeated as materialized (
      select ${column} as value, min(line) as first from ${table} where ${column} is not null
      group by 1 having count(*) > 1
    )
    select s.line, s.${quote(keyName)} as key, s.${column}::text as value from ${table} s
    join repeated on repeated.value = s.${column} and s.line > repeated.first`;

export const unique = defineExpectation({
  name: "unique",
  options: z.strictObject({}),
  columnTypes: ANY_TYPE,
  contradiction: null,
  label: null,
  rule: () => "must not appear twice",
  refersTo: null,
  evaluation: {
    over: "set",
    needs: () => [],
    find: async (_, set) => ({
      ...(await set.unexpected(repeated(set))),
      seen: await set.values(),
      namesRows: true,
    }),
  },
  docs: {
    example: "`.unique` (the key is always)",
    on: "any column",
    share: "values",
    greatExpectations: "expect_column_values_to_be_unique",
  },
});
