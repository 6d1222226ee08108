import { literal, quote } from "../../../db/pool.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { keyOf } from "../../../definitions/language/entities.js";
import { isEventSource } from "../../../definitions/language/windows/event-source.js";
import { EVENT_HORIZONS } from "../../../features/windows/event-horizons.js";
import { stagingTable } from "../../staging.js";
import type { DeliveryExpectation, OverKeys } from "./delivery.js";

/** Of the texts by which events are found and ordered: an index of PostgreSQL holds no more than 2 704 bytes a row. */
const MAX_BYTES = 2_000;
/** What is shown of one that is longer. */
const SHOWN_CHARACTERS = 60;

/** Columns of an event key whose values may have any length. */
const textsOf = ({ eventKey = [], columns }: Source): string[] =>
  eventKey.filter((name) => /^(string|list|vector)/.test(columns[name]?.type ?? ""));

/** What tells events apart is looked up by an index. */
export const eventKeySize: DeliveryExpectation<OverKeys> = {
  name: "event_key_size",
  expected: ({ deployment, source }) => {
    const [first, ...others] = textsOf(source);
    if (first === undefined) return [];
    const beside = [keyOf(deployment, source), ...others].join(" and ");
    return [
      {
        column: first,
        rule: `must have, with ${beside}, at most ${MAX_BYTES} bytes: it is in the event key`,
      },
    ];
  },
  evaluation: {
    over: "keys",
    needs: () => null,
    rowsSql: ({ deployment, runId, source }) => {
      const key = quote(keyOf(deployment, source));
      const texts = textsOf(source).map((name) => `${quote(name)}::text`);
      return `select line, key, left(value, ${SHOWN_CHARACTERS}) || '… (' || bytes || ' bytes)' as value
        from (select line, ${key} as key, ${texts[0]} as value, ${bytesOf([key, ...texts])} as bytes
          from ${stagingTable(runId, source)}) s where bytes > ${MAX_BYTES}`;
    },
  },
};

const bytesOf = (texts: readonly string[]): string =>
  texts.map((text) => `coalesce(octet_length(${text}), 0)`).join(" + ");

/** An event of a month that retention dropped would be the only one of it. */
export const eventKept: DeliveryExpectation<OverKeys> = {
  name: "event_kept",
  expected: ({ source }) =>
    isEventSource(source)
      ? [{ column: source.eventTime, rule: "must not be of a month whose events retention dropped" }]
      : [],
  evaluation: {
    over: "keys",
    needs: () => null,
    rowsSql: ({ deployment, runId, source }) => {
      const time = `s.${quote(source.eventTime!)}`;
      return `select s.line, s.${quote(keyOf(deployment, source))} as key, ${time} || ' (kept from ' || h.horizon || ' on)' as value
        from ${stagingTable(runId, source)} s join (${EVENT_HORIZONS}) h on h.source = ${literal(source.name)}
        where ${time}::date < h.horizon`;
    },
  },
};
