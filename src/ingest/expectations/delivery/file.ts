import { entityOf } from "../../../definitions/language/entities.js";
import { asDeclared } from "../../as-declared.js";
import { FileUnreadableError } from "../../formats/file-format.js";
import { formatInWords } from "../../formats/registry.js";
import type { DeliveryExpectation, OverBytes, OverCount, OverHeader, OverQuarantine } from "./delivery.js";
import { headerProblems } from "./header-problems.js";

export const readable: DeliveryExpectation<OverBytes> = {
  name: "readable",
  expected: ({ source, fileOf }) => [{ column: null, rule: `must be ${formatInWords(fileOf(source.name))}` }],
  evaluation: {
    over: "bytes",
    problem: (error) =>
      error instanceof FileUnreadableError ? { line: error.line, value: error.message } : null,
  },
};

export const columnSet: DeliveryExpectation<OverHeader> = {
  name: "column_set",
  expected: ({ deployment, source }) => {
    const { columns, extraColumns } = asDeclared(source, entityOf(deployment, source));
    const exactly = extraColumns === "refuse" ? "exactly " : "";
    return [{ column: null, rule: `must have ${exactly}the columns ${columns.join(", ")}` }];
  },
  evaluation: {
    over: "header",
    problems: (header, declared) =>
      header === null ? ["the file is empty"] : headerProblems(header, declared),
  },
};

export const rowCount: DeliveryExpectation<OverCount> = {
  name: "row_count",
  expected: () => [{ column: null, rule: "must have at least one row" }],
  evaluation: { over: "count", problem: (rows) => (rows === 0 ? "nothing follows the header" : null) },
};

/** How many rows of a quarantining source may be kept out. */
export const quarantine: DeliveryExpectation<OverQuarantine> = {
  name: "quarantine",
  expected: ({ source: { onInvalid, maxQuarantinedShare: share = 1 } }) => {
    if (onInvalid !== "quarantine") return [];
    const most = `at most ${Number((share * 100).toFixed(4))} % of the rows may be quarantined, and one must be left`;
    return [
      { column: null, rule: share < 1 ? most : "at least one row must be left outside the quarantine" },
    ];
  },
  evaluation: {
    over: "quarantine",
    problem: ({ rows, all, own, allowedShare }) => {
      if (all === 0 || (rows > all && own / rows <= allowedShare)) return null;
      const followers = all > own ? `, ${all - own} of them with the row they refer to` : "";
      return `${all} of ${rows} rows would be kept out${followers}`;
    },
  },
};
