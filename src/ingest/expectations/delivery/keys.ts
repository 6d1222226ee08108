import { quote } from "../../../db/pool.js";
import { isText } from "../../../definitions/language/column-types/string.js";
import { entityOf, entitySourceOf, keyOf, parentLinkOf } from "../../../definitions/language/entities.js";
import { keyColumnsOf } from "../../../definitions/language/key.js";
import { isKeyProblem, KEY_TYPE_IN_WORDS, keyPart } from "../../../definitions/language/key-form.js";
import { isEventSource } from "../../../definitions/language/windows/event-source.js";
import { stagingTable } from "../../staging.js";
import { unknownRows } from "../../unexpected-rows.js";
import type { DeliveryExpectation, OverKeys, OverRow } from "./delivery.js";

export const rowShape: DeliveryExpectation<OverRow> = {
  name: "row_shape",
  expected: ({ deployment, source }) => {
    const fields = keyColumnsOf(entityOf(deployment, source)).length + Object.keys(source.columns).length;
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
  expected: ({ deployment, source }) =>
    keyColumnsOf(entityOf(deployment, source)).map(({ column }) => ({ column, rule: "must not be empty" })),
  evaluation: { over: "row", compile: (_, key) => (fields) => (fields[key!.at] === "" ? "" : null) },
};

export const keyType: DeliveryExpectation<OverRow> = {
  name: "type",
  expected: ({ deployment, source }) =>
    keyColumnsOf(entityOf(deployment, source)).map(({ column, type }) => ({
      column,
      rule: `must be ${KEY_TYPE_IN_WORDS[type]}`,
    })),
  evaluation: {
    over: "row",
    compile: (_, key) => {
      const { at, column } = key!;
      return (fields) => {
        const text = fields[at]!;
        return isKeyProblem(keyPart(column, text)) || !isText(text) ? text.slice(0, 200) : null;
      };
    },
  },
};

export const uniqueKey: DeliveryExpectation<OverKeys> = {
  name: "unique",
  // An event that comes again is a correction of itself, whoever it is of.
  expected: ({ deployment, source }) =>
    isEventSource(source) ? [] : [{ column: keyOf(deployment, source), rule: "must not appear twice" }],
  evaluation: {
    over: "keys",
    needs: () => null,
    rowsSql: ({ deployment, runId, source }) => {
      const [key, staged] = [quote(keyOf(deployment, source)), stagingTable(runId, source)];
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
  expected: ({ deployment, source, fileOf }) => {
    const known = entitySourceOf(deployment, entityOf(deployment, source));
    if (source === known) return [];
    const column = keyOf(deployment, source);
    return [{ column, rule: `must be a ${column} of this or an earlier ${fileOf(known.name)}` }];
  },
  evaluation: {
    over: "keys",
    needs: (deployment, source) => entitySourceOf(deployment, entityOf(deployment, source)),
    rowsSql: ({ deployment, runId, source, misshapenOf }) => {
      const known = entitySourceOf(deployment, entityOf(deployment, source));
      const column = keyOf(deployment, source);
      return unknownRows(deployment, runId, source, known, column, misshapenOf(known.name));
    },
  },
};

/** Of the rows of an entity that belongs to another one. */
export const knownParent: DeliveryExpectation<OverKeys> = {
  name: "known_parent",
  expected: ({ deployment, source, fileOf }) => {
    const link = parentLinkOf(deployment, source);
    if (!link) return [];
    const { entity, source: parents } = link.to;
    const rule = `must be a ${entity.key} of this or an earlier ${fileOf(parents.name)}`;
    return [{ column: link.column, rule }];
  },
  evaluation: {
    over: "keys",
    needs: (deployment, source) => parentLinkOf(deployment, source)?.to.source ?? null,
    rowsSql: ({ deployment, runId, source, misshapenOf }) => {
      const { to, column } = parentLinkOf(deployment, source)!;
      return unknownRows(deployment, runId, source, to.source, column, misshapenOf(to.source.name));
    },
  },
};
