import type { z } from "zod";
import type { ColumnType } from "../../definitions/language/column.js";
import type { Source } from "../../definitions/language/deployment.js";
import type { Expectation } from "../../definitions/language/expectation.js";
import type { StagedSet } from "./staged-set.js";

/**
 * One kind of expectation that a source can declare: how it is declared, what it says, how it is evaluated. A record
 * that lacks a part does not compile. `Options` is what a declaration gives beside its columns.
 */
export interface ExpectationSpec<Options> {
  /** `rule.kind` of a declaration, and the name in reports unless `label` gives another. */
  readonly name: string;
  /** The issues' messages follow the name of the source and column; unknown options are to be refused. */
  readonly options: z.ZodType<Options>;
  /** What a column it is put on can be: names of types, without parameters. The key is a string. */
  readonly columnTypes: readonly string[] | ((options: Options) => readonly string[]);
  /** Why a declaration contradicts its source; null: it cannot, once its columns and options are as they must be. */
  readonly contradiction: ((options: Options, on: DeclaredOn) => string | null) | null;
  /** What reports call it; null: its name. Two of one label on one column are told apart by their place. */
  readonly label: ((options: Options) => string) | null;
  /** What would be accepted, in words that follow the column's name. */
  rule(options: Options, on: DeclaredOn, fileOf: (source: string) => string): string;
  /** The source whose keys its values must be: rows follow the row they refer to into quarantine. Null: none. */
  readonly refersTo: ((options: Options) => string) | null;
  readonly evaluation: RowEvaluation<Options> | SetEvaluation<Options> | FileEvaluation<Options>;
  readonly docs: ExpectationDocs;
}

/** A line of the table in docs/validation.md, which is checked against the records. */
export interface ExpectationDocs {
  /** How it is declared, in Markdown. */
  readonly example: string;
  /** What it can be put on, in words. */
  readonly on: string;
  /** What `mostly` is a share of; null where there is no share. */
  readonly share: "rows" | "values" | "rows where neither is empty" | null;
  /** The like of it in Great Expectations; null where there is none. */
  readonly greatExpectations: string | null;
}

/** Where a declaration stands. */
export interface DeclaredOn {
  readonly column: string | null;
  readonly other: string | null;
  readonly source: Pick<Source, "name" | "columns">;
  readonly sourceNames: readonly string[];
}

/** Row by row, while the file is staged. Every unexpected row is named, and can be quarantined. */
export interface RowEvaluation<Options> {
  readonly over: "rows";
  compile(options: Options, row: RowShape): (fields: readonly string[]) => RowVerdict;
}

/** `not counted` (an empty value), `expected`, or the value that is shown as the unexpected one. */
export type RowVerdict = "not counted" | "expected" | { readonly unexpected: string };

/** Where the values of a row are, and of which type. */
export interface RowShape {
  readonly column: string | null;
  readonly other: string | null;
  at(column: string): number;
  typeOf(column: string): ColumnType;
}

/** By queries over all staged rows of the delivery. Unexpected rows are named, and can be quarantined. */
export interface SetEvaluation<Options> {
  readonly over: "set";
  /** Other sources it reads. Where one of their files could not be read, it is reported as skipped. */
  needs(options: Options, sourceNames: readonly string[]): readonly string[];
  find(options: Options, set: StagedSet): Promise<UnexpectedRows>;
}

export interface UnexpectedRows {
  readonly count: number;
  /** Values looked at; null for all rows. */
  readonly seen: number | null;
  readonly sample: readonly { line: number; key: string | null; value: string | null }[];
  /** False where not every unexpected row is on a line of the file: then the delivery fails, whatever is quarantined. */
  readonly namesRows: boolean;
}

/** Over the file as it is to be published, without the rows in quarantine. It names no rows. */
export interface FileEvaluation<Options> {
  readonly over: "file";
  /** The figures that are reported, whether it holds or not. */
  readonly observes: readonly string[];
  observe(options: Options, set: StagedSet): Promise<Readonly<Record<string, number | null>>>;
  /** What is wrong with them, in words. */
  problem(options: Options, observed: Readonly<Record<string, number | null>>): string | null;
}

/** One declaration with its record's parts, its options parsed. */
export interface BoundExpectation {
  readonly name: string;
  readonly columnTypes: readonly string[];
  readonly refersTo: string | null;
  contradiction(on: DeclaredOn): string | null;
  rule(on: DeclaredOn, fileOf: (source: string) => string): string;
  readonly evaluation:
    | { readonly over: "rows"; compile(row: RowShape): (fields: readonly string[]) => RowVerdict }
    | {
        readonly over: "set";
        needs(sourceNames: readonly string[]): readonly string[];
        find(set: StagedSet): Promise<UnexpectedRows>;
      }
    | {
        readonly over: "file";
        observe(set: StagedSet): ReturnType<FileEvaluation<unknown>["observe"]>;
        problem(observed: Readonly<Record<string, number | null>>): string | null;
      };
}

/** A record as the registry holds it. */
export interface ExpectationRecord {
  readonly name: string;
  readonly over: BoundExpectation["evaluation"]["over"];
  readonly observes: readonly string[];
  readonly refers: boolean;
  readonly docs: ExpectationDocs;
  /** @throws {OptionsProblem} the options are not the record's */
  bind(rule: Expectation["rule"]): BoundExpectation;
}

/** What is wrong with a declaration's options, in words that follow its column. */
export class OptionsProblem extends Error {}

/** Makes a record that can be put into the registry. */
export function defineExpectation<Options>(spec: ExpectationSpec<Options>): ExpectationRecord {
  const { name, evaluation, docs, refersTo } = spec;
  return {
    ...{ name, docs, over: evaluation.over, refers: refersTo !== null },
    observes: evaluation.over === "file" ? evaluation.observes : [],
    bind: (rule) => bind(spec, rule),
  };
}

function bind<Options>(spec: ExpectationSpec<Options>, rule: Expectation["rule"]): BoundExpectation {
  const { kind: _, ...given } = rule;
  const parsed = spec.options.safeParse(given);
  if (!parsed.success) {
    const { code, path, message } = parsed.error.issues[0]!;
    throw new OptionsProblem(
      code === "custom" || path.length === 0 ? message : `${path.join(".")}: ${message}`,
    );
  }
  const options = parsed.data;
  const { columnTypes, contradiction, label, refersTo } = spec;
  return {
    name: label?.(options) ?? spec.name,
    columnTypes: typeof columnTypes === "function" ? columnTypes(options) : columnTypes,
    refersTo: refersTo?.(options) ?? null,
    contradiction: (on) => contradiction?.(options, on) ?? null,
    rule: (on, fileOf) => spec.rule(options, on, fileOf),
    evaluation: bindEvaluation(spec.evaluation, options),
  };
}

function bindEvaluation<Options>(
  evaluation: ExpectationSpec<Options>["evaluation"],
  options: Options,
): BoundExpectation["evaluation"] {
  switch (evaluation.over) {
    case "rows":
      return { over: "rows", compile: (row) => evaluation.compile(options, row) };
    case "set":
      return {
        over: "set",
        needs: (sourceNames) => evaluation.needs(options, sourceNames),
        find: (set) => evaluation.find(options, set),
      };
    case "file":
      return {
        over: "file",
        observe: (set) => evaluation.observe(options, set),
        problem: (observed) => evaluation.problem(options, observed),
      };
  }
}
