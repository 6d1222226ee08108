import type { Column } from "../../../definitions/language/column.js";
import type { Accept, Order } from "../../../definitions/language/column-types/column-type.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { localTimeInWords, typeInWords } from "./cell.js";
import type {
  Cell,
  DeliveryEvaluation,
  DeliveryExpectation,
  OverCells,
  OverEmptyCells,
  OverLocalTimes,
  OverValues,
} from "./delivery.js";

/** What follows from a column's own declaration. */
export interface CellExpectation<Evaluation extends DeliveryEvaluation = DeliveryEvaluation>
  extends DeliveryExpectation<Evaluation> {
  /** In words that follow the value; null where the column declares nothing of the kind. */
  ruleOf(column: Column): string | null;
}

const ofColumns = <Evaluation extends OverEmptyCells | OverCells | OverLocalTimes | OverValues>(
  name: string,
  ruleOf: (column: Column, source?: Pick<Source, "decimal">) => string | null,
  evaluation: Evaluation,
): CellExpectation<Evaluation> => ({
  ...{ name, ruleOf, evaluation },
  expected: ({ source }) =>
    Object.entries(source.columns).flatMap(([column, declared]) => {
      const rule = ruleOf(declared, source);
      return rule === null ? [] : [{ column, rule }];
    }),
});

export const required = ofColumns<OverEmptyCells>(
  "not_null",
  (column) => (column.required ? "must not be empty" : null),
  { over: "empty cells", allowed: (column) => !column.required },
);

/** What a type's reader says of a text, by the expectation it breaks. */
const UNREADABLE = { type: { breaks: "type" }, local_time: { breaks: "local_time" } } as const;

export const type = ofColumns<OverCells>("type", typeInWords, {
  over: "cells",
  compile: (column, accept) =>
    factsOf(column.type).reader<Cell>(accept, (breaks) => UNREADABLE[breaks], column),
});

/** Of times without an offset; the type's reader finds them. */
export const localTime = ofColumns<OverLocalTimes>("local_time", localTimeInWords, { over: "local times" });

export const columnBounds = ofColumns<OverValues>("between", boundsOf, {
  over: "values",
  compile: ({ type, min, max }) => {
    const { bound } = factsOf(type);
    const [lower, upper] = [min, max].map((each) => (each === undefined ? null : bound!(each)!));
    return (value) => (lower == null || value >= lower) && (upper == null || value <= upper);
  },
});

function boundsOf({ min, max }: Column): string | null {
  if (min === undefined && max === undefined) return null;
  if (max === undefined) return `must be at least ${min}`;
  return min === undefined ? `must be at most ${max}` : `must be between ${min} and ${max}`;
}

export const columnSetOfValues = ofColumns<OverValues>(
  "in_set",
  ({ oneOf }) => (oneOf ? `must be one of ${oneOf.map((value) => JSON.stringify(value)).join(", ")}` : null),
  {
    over: "values",
    compile: ({ oneOf = [] }) => {
      const allowed = new Set<Order>(oneOf);
      return (value) => allowed.has(value);
    },
  },
);

/** In the order of a report, column by column. */
export const cellExpectations = [required, type, localTime, columnBounds, columnSetOfValues] as const;
const valueExpectations: readonly CellExpectation<OverValues>[] = [columnBounds, columnSetOfValues];

/** What would have been accepted of a column, by the name of the expectation that its cell breaks. */
export const ruleOfCell = (name: string, column: Column): string =>
  cellExpectations.find((each) => each.name === name)?.ruleOf(column) ?? name;

/** Compiles a column's declaration into the check of one cell's text. */
export function cellReader(column: Column): (text: string) => Cell {
  const read = type.evaluation.compile(column, acceptance(column));
  const empty: Cell = required.evaluation.allowed(column)
    ? { copy: null, value: null }
    : { breaks: required.name };
  return (text) => (text === "" ? empty : read(text));
}

function acceptance(column: Column): Accept<Cell> {
  const tests = valueExpectations
    .filter(({ ruleOf }) => ruleOf(column) !== null)
    .map(({ name, evaluation }) => ({ holds: evaluation.compile(column), broken: { breaks: name } }));
  const [only, ...others] = tests;
  if (!only) return (_, copy, value) => ({ copy, value });
  if (others.length === 0) return (order, copy, value) => (only.holds(order) ? { copy, value } : only.broken);
  return (order, copy, value) => tests.find(({ holds }) => !holds(order))?.broken ?? { copy, value };
}
