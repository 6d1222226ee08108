import type { Column } from "../../../definitions/language/column.js";
import type { Source } from "../../../definitions/language/deployment.js";
import { typeInWords, typeReaders } from "./cell.js";
import type {
  Accept,
  Cell,
  DeliveryEvaluation,
  DeliveryExpectation,
  OverCells,
  OverEmptyCells,
  OverValues,
} from "./delivery.js";

/** What follows from a column's own declaration. */
export interface CellExpectation<Evaluation extends DeliveryEvaluation = DeliveryEvaluation>
  extends DeliveryExpectation<Evaluation> {
  /** In words that follow the value; null where the column declares nothing of the kind. */
  ruleOf(column: Column): string | null;
}

const ofColumns = <Evaluation extends OverEmptyCells | OverCells | OverValues>(
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

export const type = ofColumns<OverCells>("type", typeInWords, {
  over: "cells",
  compile: (column, accept) => typeReaders[column.type](accept, { breaks: "type" }),
});

export const columnBounds = ofColumns<OverValues>("between", boundsOf, {
  over: "values",
  compile: ({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }) => {
    return (value) => (value as number) >= min && (value as number) <= max;
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
      const allowed = new Set<string | number>(oneOf);
      return (value) => allowed.has(value);
    },
  },
);

/** In the order of a report, column by column. */
export const cellExpectations = [required, type, columnBounds, columnSetOfValues] as const;
const valueExpectations: readonly CellExpectation<OverValues>[] = [columnBounds, columnSetOfValues];

/** What would have been accepted of a column, by the name of the expectation that its cell breaks. */
export const ruleOfCell = (name: string, column: Column): string =>
  cellExpectations.find((each) => each.name === name)?.ruleOf(column) ?? name;

/** Compiles a column's declaration into the check of one cell's text. */
export function cellReader(column: Column): (text: string) => Cell {
  const read = type.evaluation.compile(column, acceptance(column));
  const empty: Cell = required.evaluation.allowed(column) ? { copy: null } : { breaks: required.name };
  return (text) => (text === "" ? empty : read(text));
}

function acceptance(column: Column): Accept {
  const tests = valueExpectations
    .filter(({ ruleOf }) => ruleOf(column) !== null)
    .map(({ name, evaluation }) => ({ holds: evaluation.compile(column), broken: { breaks: name } }));
  const [only, ...others] = tests;
  if (!only) return (_, copy) => ({ copy });
  if (others.length === 0) return (value, copy) => (only.holds(value) ? { copy } : only.broken);
  return (value, copy) => tests.find(({ holds }) => !holds(value))?.broken ?? { copy };
}
