import type { Column, ColumnValue } from "../../../definitions/language/column.js";
import type { Accept, Order } from "../../../definitions/language/column-types/column-type.js";
import type { Deployment, Source } from "../../../definitions/language/deployment.js";
import type { NamedKeyColumn } from "../../../definitions/language/key.js";
import type { AsDeclared } from "../../formats/file-format.js";

/** What every delivery is checked for, whatever its sources declare. A record that lacks a part does not compile. */
export interface DeliveryExpectation<Evaluation extends DeliveryEvaluation = DeliveryEvaluation> {
  /** In reports. Of one column there is one of a name. */
  readonly name: string;
  /** What it is expected of in a source: columns, or the file and its rows (null). Empty: of nothing in this one. */
  expected(of: DeliveredSource): readonly { column: string | null; rule: string }[];
  readonly evaluation: Evaluation;
}

export interface DeliveredSource {
  readonly deployment: Deployment;
  readonly source: Source;
  /** The name a source was delivered under. */
  fileOf(source: string): string;
}

export type DeliveryEvaluation =
  | OverBytes
  | OverHeader
  | OverCount
  | OverRow
  | OverEmptyCells
  | OverCells
  | OverLocalTimes
  | OverValues
  | OverKeys
  | OverQuarantine;

/** When the file is read: an error of its format or packing. */
export interface OverBytes {
  readonly over: "bytes";
  problem(error: unknown): { line: number; value: string } | null;
}
/** Once, of the names in its header; null: there is none. */
export interface OverHeader {
  readonly over: "header";
  problems(header: readonly string[] | null, declared: AsDeclared): readonly string[];
}
/** When the file has ended. */
export interface OverCount {
  readonly over: "count";
  problem(rows: number): string | null;
}
/** Of each row; one with a problem cannot be staged. */
export interface OverRow {
  readonly over: "row";
  /** The unexpected text, or null. @param key the column of the key that it is expected of; null: of the row */
  compile(header: readonly string[], key: KeyCell | null): (fields: readonly string[]) => string | null;
}
/** Where a row has a column of the key. */
export interface KeyCell {
  readonly at: number;
  readonly column: NamedKeyColumn;
}
/** Of each empty cell. */
export interface OverEmptyCells {
  readonly over: "empty cells";
  allowed(column: Column): boolean;
}
/** Of each other cell: reads its text as the column's type. */
export interface OverCells {
  readonly over: "cells";
  compile(column: Column, accept: Accept<Cell>): (text: string) => Cell;
}
/** Of each time without an offset, while it is read. */
export interface OverLocalTimes {
  readonly over: "local times";
}
/** Of each value that was read. */
export interface OverValues {
  readonly over: "values";
  compile(column: Column): (value: Order) => boolean;
}
/** Of all staged keys, by a query. */
export interface OverKeys {
  readonly over: "keys";
  /** Another source whose file must have been read; null: none. */
  needs(deployment: Deployment, source: Source): Source | null;
  /** Selects `line`, `key` and `value` of the unexpected rows. */
  rowsSql(keys: StagedKeys): string;
}
/** When the rows in quarantine are known. */
export interface OverQuarantine {
  readonly over: "quarantine";
  problem(kept: KeptOut): string | null;
}

/** Text ready for COPY and its value (`null` for an empty cell), or the name of the expectation that the cell breaks. */
export type Cell =
  | { readonly copy: string | null; readonly value: ColumnValue }
  | { readonly breaks: string };

export interface StagedKeys {
  readonly deployment: Deployment;
  readonly source: Source;
  readonly runId: string;
  /** Under which rows of a source are noted that could not be staged for their shape; null where they are not. */
  misshapenOf(source: string): number | null;
}

export interface KeptOut {
  /** Rows of the file. */
  readonly rows: number;
  readonly all: number;
  /** Of these, rows with a fault of their own. */
  readonly own: number;
  /** The share that may have such faults. */
  readonly allowedShare: number;
}

/** Of the file as a whole: its percentage is all or nothing, and no row of it can be quarantined. */
export const isWhole = ({ over }: Pick<DeliveryEvaluation, "over">): boolean =>
  ["bytes", "header", "count", "quarantine"].includes(over);
