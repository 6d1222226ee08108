import { asItIs, type ColumnTypeFacts } from "./column-type.js";

/** True or false. */
export const boolType: ColumnTypeFacts = {
  ...asItIs,
  sql: "boolean",
  row: { size: 1, align: 1 },
  words: "must be True or False",
  jsonWords: "must be true, false or null",
  json: ["boolean"],
  reader: (accept, unreadable) => (text) => {
    if (text === "True") return accept(1, "t", true);
    if (text === "False") return accept(0, "f", false);
    const lower = text.toLowerCase();
    if (lower === "true") return accept(1, "t", true);
    return lower === "false" ? accept(0, "f", false) : unreadable("type");
  },
  bound: null,
  // A cast writes the word, an array its first letter.
  ofText: (text) => text === "true" || text === "t",
  plain: true,
  // COPY itself writes t and f.
  csv: (value) => `(${value})::text`,
  canonical: (value) => value,
  feature: "numeric",
  profile: "values",
  graphql: { name: "Boolean", list: false },
  parquet: { type: "BOOLEAN" },
  toParquet: (value) => value,
};
