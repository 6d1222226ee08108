import { describe, expect, it } from "vitest";
import { int } from "../../../src/definitions/language/column.js";
import {
  deployment,
  deploymentSha256,
  entity,
  featureView,
  type Source,
  source,
} from "../../../src/definitions/language/deployment.js";
import { files, type Origin, sql } from "../../../src/definitions/language/origin.js";
import { checkAgainstRecords } from "../../../src/process/create-asof.js";

const declare = (options: Partial<Pick<Source, "from" | "file" | "delimiter" | "decimal">>) => {
  const visits = source("visits", { columns: { pages: int() }, ...options });
  const definitions = deployment({
    entity: entity("person", { key: "person_id" }),
    entitySource: visits,
    sources: [visits],
    views: [featureView("visited", { source: visits, features: ["pages"] })],
    services: [],
  });
  checkAgainstRecords(definitions);
  return definitions;
};

describe("where a source comes from", () => {
  it.each<[string, Origin]>([
    ["wherever an ingest says", files()],
    ["a folder in the data directory", files("erp/daily")],
    ["a folder elsewhere", files("/mnt/erp")],
    ["a bucket", files("s3://extracts")],
    ["a prefix", files("s3://extracts/daily (new)/ä")],
    ["a query", sql("WAREHOUSE_URL", "select * from t where at < {asOf} + 1")],
    ["a query that never asks for the date", sql("WAREHOUSE_URL", "table t", { timeoutSeconds: 5 })],
  ])("may be %s", (_, from) => {
    expect(declare({ from }).sources[0]!.from).toEqual(from);
  });

  it("says nothing of the data: moving it changes no definition that snapshots are compared by", () => {
    const hashes = [undefined, files(), files("s3://extracts"), sql("URL", "table t")].map((from) =>
      deploymentSha256(declare(from ? { from } : {})),
    );
    expect(new Set(hashes).size).toBe(1);
  });

  it.each<[string, Parameters<typeof declare>[0], string]>([
    [
      "names no folder",
      { from: files(" ") },
      "from: files names no folder; leave it out where the files are in DATA_DIR",
    ],
    [
      "has a scheme that nothing reads",
      { from: files("gs://bucket") },
      "from: no scheme reads gs://; known: folder, s3, sql",
    ],
    ["has no bucket", { from: files("s3:///x") }, "from: write s3://bucket or s3://bucket/prefix"],
    [
      "has a bucket in capitals",
      { from: files("s3://Extracts/x") },
      "from: write s3://bucket or s3://bucket/prefix",
    ],
    ["holds credentials", { from: files("s3://key:hunter2@bucket/x") }, "from: files takes no credentials"],
    [
      "is a URL where a variable's name belongs",
      { from: sql("postgres://u:hunter2@h/d", "table t") },
      "from: sql takes the name of an environment variable first",
    ],
    [
      "writes",
      { from: sql("URL", "delete from t") },
      "from: the statement must be one query that begins with select, with or values, not with delete",
    ],
    [
      "is two statements",
      { from: sql("URL", "select 1; select 2") },
      "from: the statement has something after its semicolon",
    ],
    [
      "misspells the date",
      { from: sql("URL", "select {as_of}") },
      "from: the statement has {as_of}; only {asOf} is known",
    ],
    [
      "takes for ever",
      { from: sql("URL", "table t", { timeoutSeconds: 0 }) },
      "from: timeoutSeconds 0 must be from 1 to 86400",
    ],
    [
      "has a file's delimiter",
      { from: sql("URL", "table t"), delimiter: ";" },
      "delimiter is said of files, and its rows come from sql",
    ],
    [
      "has a file's name",
      { from: sql("URL", "table t"), file: "T" },
      "file is said of files, and its rows come from sql",
    ],
  ])("is refused by name where it %s", (_, options, problem) => {
    expect(() => declare(options)).toThrow(`source visits: ${problem}`);
    expect(() => declare(options)).not.toThrow("hunter2");
  });

  it("is refused with everything that is wrong at once", () => {
    const from = sql("a b", "delete from t where x = {x}");
    expect(() => declare({ from, decimal: "," })).toThrow(
      /name of an environment variable.*\n.*has \{x\}.*\n.*begins with select.*\n.*decimal is said of files/s,
    );
  });
});
