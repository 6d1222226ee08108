import { quote } from "../../../db/pool.js";
import { stagingTable } from "../../staging.js";
import { unknownRows } from "../../unexpected-rows.js";
import { isText } from "./cell.js";
import type { DeliveryExpectation, OverKeys, OverRow } from "./delivery.js";

const MAX_KEY_CHARACTERS = 200;

export const rowShape: DeliveryExpectation<OverRow> = {
  name: "row_shape",
  expected: ({ source }) => {
    const fields = 1 + Object.keys(source.columns).length;
    return [{ column: null, rule: `every row must have ${fields}` }];
  },
  evaluation: {
    over: "row",
    compile: (header) => (fields) =>
      fields.length === header.length
        ? null
        : `${fields.length} field${fields.length === 1 ? "" : "s"} in ${JSON.stringify(fields.join(",").slice(0, 200))}`,
  },
};

export const keyNotNull: DeliveryExpectation<OverRow> = {
  name: "not_null",
  expected: ({ deployment }) => [{ column: deployment.entity.key, rule: "must not be empty" }],
  evaluation: { over: "row", compile: (_, keyAt) => (fields) => (fields[keyAt] === "" ? "" : null) },
};

export const keyType: DeliveryExpectation<OverRow> = {
  name: "type",
  expected: ({ deployment }) => [
    {
      column: deployment.entity.key,
      rule: `must be text in UTF-8 of at most ${MAX_KEY_CHARACTERS} characters, without NUL`,
    },
  ],
  evaluation: {
    over: "row",
    compile: (_, keyAt) => (fields) => {
      const key = fields[keyAt]!;
      return key.length > MAX_KEY_CHARACTERS || !isText(key) ? key.slice(0, MAX_KEY_CHARACTERS) : null;
    },
  },
};

export const uniqueKey: DeliveryExpectation<OverKeys> = {
  name: "unique",
  expected: ({ deployment }) => [{ column: deployment.entity.key, rule: "must not appear twice" }],
  evaluation: {
    over: "keys",
    needs: () => null,
    rowsSql: ({ deployment, runId, source }) => {
      const [key, staged] = [quote(deployment.entity.key), stagingTable(runId, source)];
      return `with repeated as materialized (
          select ${key} as key, min(line) as first from ${staged} group by 1 having count(*) > 1
        )
        select s.line, s.${key} as key, s.${key} as value from ${staged} s
        join repeated on repeated.key = s.${key} and s.line > repeated.first`;
    },
  },
};

/** Where the entity's file could not be read, no key is reported as unknown. */
export const knownEntity: DeliveryExpectation<OverKeys> = {
  name: "known_entity",
  expected: ({ deployment: { entity, entitySource }, source, fileOf }) => {
    if (source === entitySource) return [];
    const rule = `must be a ${entity.key} of this or an earlier ${fileOf(entitySource.name)}`;
    return [{ column: entity.key, rule }];
  },
  evaluation: {
    over: "keys",
    needs: ({ entitySource }) => entitySource,
    rowsSql: ({ deployment, runId, source, misshapenOf }) => {
      const { entity, entitySource } = deployment;
      const misshapen = misshapenOf(entitySource.name);
      return unknownRows(deployment, runId, source, entitySource, entity.key, misshapen);
    },
  },
};
