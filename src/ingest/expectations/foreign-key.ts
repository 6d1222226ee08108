import { z } from "zod";
import { defineExpectation } from "./expectation.js";

export const foreignKey = defineExpectation({
  name: "foreign_key",
  options: z.strictObject({ source: z.string() }),
  columnTypes: ["string"],
  contradiction: ({ source }, { sourceNames }) =>
    sourceNames.includes(source) ? null : `its source ${source} is not listed in sources`,
  label: null,
  rule: ({ source }, _, fileOf) => `must be a key of this or an earlier ${fileOf(source)}`,
  refersTo: ({ source }) => source,
  evaluation: {
    over: "set",
    needs: ({ source }) => [source],
    find: async ({ source }, set) => ({
      ...(await set.unknownKeys(source)),
      seen: await set.values(),
      namesRows: true,
    }),
  },
  docs: {
    example: "`.foreignKey(source)`",
    on: "string, the key",
    share: "values",
    greatExpectations: null,
  },
});
