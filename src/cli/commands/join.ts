import type { Command, Parameter } from "../command.js";
import { flag, text } from "../kinds.js";
import { SERVER_OPTIONS } from "../server-options.js";

const parameter = (name: string, of: Parameter["kind"], description: string): Parameter => ({
  ...{ name, kind: of, description },
  required: false,
  many: false,
});

/** Sends a file, and keeps what comes back: the one command whose input and output are files of any size. */
export const joinCommand: Command = {
  name: "join",
  group: "Predictions and features",
  summary: "Joins features to a file of keys and dates.",
  description:
    "Sends a file of keys and dates (.csv, .jsonl, .parquet, .arrow) and writes the features that held as of each row's date, one row for each, in its order. A large file is joined by a run, which is followed to its end.",
  positionals: [
    {
      ...parameter("file", text("file"), "The rows: the key's columns, as_of and perhaps known_at"),
      required: true,
    },
  ],
  options: [
    {
      ...parameter("out", text("file"), "Where the answer goes; Parquet, or Arrow where it ends in .arrow"),
      required: true,
    },
    parameter("service", text("name"), "The feature service whose features are joined"),
    parameter("entity", text("name"), "Whose keys the file has, where no service says it"),
    parameter("features", text("names"), "These features alone, separated by commas"),
    parameter("as-of-column", text("column"), "The column of the dates; as_of unless given"),
    parameter("as-of", text("date"), "One date for every row"),
    parameter("known-at", text("instant"), "What had been recorded by then"),
    parameter("engine", text("name"), "What joins: postgres, duckdb or spark; a run does it"),
    parameter("statuses", flag, "Adds <feature>__status: why each empty value is empty"),
    ...SERVER_OPTIONS,
  ],
  run: async (given, env) => (await import("../join.js")).join(given, env),
};
