import { parseCalendarDate } from "../../../values/calendar-date.js";
import type { ColumnType } from "../column.js";
import { kindOf as kindOfType } from "../column-types/registry.js";
import type { ExpressionTree, OperationName, ValueKind } from "./tree.js";

/** What may stand where a number, a text, a flag or a day is asked for. */
export type NumberLike = NumberExpression | number;
export type TextLike = TextExpression | string;
export type FlagLike = FlagExpression | boolean;
/** A constant day is written `2024-01-31`. */
export type DayLike = DayExpression | string;

/** Something that has one value for each row. */
abstract class Expression<Kind extends ValueKind | "other"> {
  constructor(
    readonly tree: ExpressionTree,
    readonly kind: Kind,
  ) {}

  /** Whether it is empty; itself never empty. */
  isNull(): FlagExpression {
    return new FlagExpression(operation("is_null", this.tree));
  }
}

/** Arithmetic of double-precision numbers. An empty part leaves the result empty, as does what is no finite number. */
export class NumberExpression extends Expression<"number"> {
  constructor(tree: ExpressionTree) {
    super(tree, "number");
  }

  add(other: NumberLike): NumberExpression {
    return this.#with("add", other);
  }
  sub(other: NumberLike): NumberExpression {
    return this.#with("sub", other);
  }
  mul(other: NumberLike): NumberExpression {
    return this.#with("mul", other);
  }
  /** Empty where the other is 0. */
  div(other: NumberLike): NumberExpression {
    return this.#with("div", other);
  }
  /** The natural logarithm; empty at 0 and below. */
  log(): NumberExpression {
    return new NumberExpression(operation("log", this.tree));
  }
  /** e to this power; empty where it is more than a number can be. */
  exp(): NumberExpression {
    return new NumberExpression(operation("exp", this.tree));
  }
  abs(): NumberExpression {
    return new NumberExpression(operation("abs", this.tree));
  }
  /** The least of those that are not empty. */
  min(...others: NumberLike[]): NumberExpression {
    return this.#with("min", ...others);
  }
  /** The greatest of those that are not empty. */
  max(...others: NumberLike[]): NumberExpression {
    return this.#with("max", ...others);
  }
  lt(other: NumberLike): FlagExpression {
    return this.#compare("lt", other);
  }
  lte(other: NumberLike): FlagExpression {
    return this.#compare("lte", other);
  }
  gt(other: NumberLike): FlagExpression {
    return this.#compare("gt", other);
  }
  gte(other: NumberLike): FlagExpression {
    return this.#compare("gte", other);
  }
  eq(other: NumberLike): FlagExpression {
    return this.#compare("eq", other);
  }
  ne(other: NumberLike): FlagExpression {
    return this.#compare("ne", other);
  }
  /** The interval it lies in, as a text: of `[18, 65]` `<18`, `18..65` or `>=65`. An interval has its lower end. */
  bucket(edges: readonly [number, ...number[]]): TextExpression {
    const isAscending = edges.every((edge, i) => i === 0 || edges[i - 1]! < edge);
    if (edges.length === 0 || !edges.every(Number.isFinite) || !isAscending)
      throw new Error(`bucket: edges ${JSON.stringify(edges)} must be numbers, each above the one before it`);
    return new TextExpression({ op: "bucket", of: [this.tree], edges: [...edges] });
  }

  #with(name: OperationName, ...others: NumberLike[]): NumberExpression {
    return new NumberExpression(
      operation(name, this.tree, ...others.map((other) => part(name, "number", other))),
    );
  }
  #compare(name: OperationName, other: NumberLike): FlagExpression {
    return new FlagExpression(operation(name, this.tree, part(name, "number", other)));
  }
}

export class TextExpression extends Expression<"text"> {
  constructor(tree: ExpressionTree) {
    super(tree, "text");
  }

  eq(other: TextLike): FlagExpression {
    return new FlagExpression(operation("eq", this.tree, part("eq", "text", other)));
  }
  ne(other: TextLike): FlagExpression {
    return new FlagExpression(operation("ne", this.tree, part("ne", "text", other)));
  }
  concat(...others: TextLike[]): TextExpression {
    return concat(this, ...others);
  }
}

/** True, false or empty: three values, as in SQL. */
export class FlagExpression extends Expression<"flag"> {
  constructor(tree: ExpressionTree) {
    super(tree, "flag");
  }

  and(...others: FlagLike[]): FlagExpression {
    return this.#with("and", ...others);
  }
  or(...others: FlagLike[]): FlagExpression {
    return this.#with("or", ...others);
  }
  not(): FlagExpression {
    return new FlagExpression(operation("not", this.tree));
  }
  eq(other: FlagLike): FlagExpression {
    return this.#with("eq", other);
  }
  ne(other: FlagLike): FlagExpression {
    return this.#with("ne", other);
  }

  #with(name: OperationName, ...others: FlagLike[]): FlagExpression {
    return new FlagExpression(
      operation(name, this.tree, ...others.map((other) => part(name, "flag", other))),
    );
  }
}

export class DayExpression extends Expression<"day"> {
  constructor(tree: ExpressionTree) {
    super(tree, "day");
  }

  lt(other: DayLike): FlagExpression {
    return this.#compare("lt", other);
  }
  lte(other: DayLike): FlagExpression {
    return this.#compare("lte", other);
  }
  gt(other: DayLike): FlagExpression {
    return this.#compare("gt", other);
  }
  gte(other: DayLike): FlagExpression {
    return this.#compare("gte", other);
  }
  eq(other: DayLike): FlagExpression {
    return this.#compare("eq", other);
  }
  ne(other: DayLike): FlagExpression {
    return this.#compare("ne", other);
  }

  #compare(name: OperationName, other: DayLike): FlagExpression {
    return new FlagExpression(operation(name, this.tree, part(name, "day", other)));
  }
}

/** Of a type that expressions do nothing with but ask whether it is empty. */
export class OtherExpression extends Expression<"other"> {
  constructor(tree: ExpressionTree) {
    super(tree, "other");
  }
}

export type AnyExpression = NumberExpression | TextExpression | FlagExpression | DayExpression;

/** What a column of this type is in an expression. */
export type ExpressionOf<Type> = Type extends "int" | "float" | "bigint" | `decimal(${string})`
  ? NumberExpression
  : Type extends "string"
    ? TextExpression
    : Type extends "bool"
      ? FlagExpression
      : Type extends "date"
        ? DayExpression
        : OtherExpression;

const LEAVES: Readonly<Record<string, new (tree: ExpressionTree) => AnyExpression>> = {
  int: NumberExpression,
  float: NumberExpression,
  bigint: NumberExpression,
  decimal: NumberExpression,
  string: TextExpression,
  bool: FlagExpression,
  date: DayExpression,
};

export const expressionOfType = (type: ColumnType, tree: ExpressionTree): AnyExpression | OtherExpression =>
  new (LEAVES[kindOfType(type)] ?? OtherExpression)(tree);

/** `then` where the condition is true, else `otherwise`: so where the condition is empty. */
export function whenTrue(
  condition: FlagLike,
  then: NumberLike | null,
  otherwise: NumberLike | null,
): NumberExpression;
export function whenTrue(
  condition: FlagLike,
  then: TextLike | null,
  otherwise: TextLike | null,
): TextExpression;
export function whenTrue(
  condition: FlagLike,
  then: FlagLike | null,
  otherwise: FlagLike | null,
): FlagExpression;
export function whenTrue(condition: FlagLike, then: Branch, otherwise: Branch): AnyExpression {
  return caseOf("when", [[condition, then]], otherwise);
}

/** The value beside the first condition that is true, else `otherwise`. */
export function cases(
  branches: readonly (readonly [FlagLike, NumberLike | null])[],
  otherwise: NumberLike | null,
): NumberExpression;
export function cases(
  branches: readonly (readonly [FlagLike, TextLike | null])[],
  otherwise: TextLike | null,
): TextExpression;
export function cases(
  branches: readonly (readonly [FlagLike, FlagLike | null])[],
  otherwise: FlagLike | null,
): FlagExpression;
export function cases(branches: readonly (readonly [FlagLike, Branch])[], otherwise: Branch): AnyExpression {
  return caseOf("cases", branches, otherwise);
}

/** One after the other; empty where one is. */
export const concat = (...texts: [TextLike, ...TextLike[]]): TextExpression =>
  new TextExpression(operation("concat", ...texts.map((text) => part("concat", "text", text))));

/** From the first day to the second; negative where that is the earlier one. */
export const daysBetween = (from: DayLike, to: DayLike): NumberExpression =>
  new NumberExpression(
    operation("days_between", part("days_between", "day", from), part("days_between", "day", to)),
  );

type Branch = AnyExpression | number | string | boolean | null;

function caseOf(
  name: string,
  branches: readonly (readonly [FlagLike, Branch])[],
  otherwise: Branch,
): AnyExpression {
  if (branches.length === 0) throw new Error(`${name}: there is no condition; give at least one`);
  const values = [...branches.map(([, value]) => value), otherwise];
  const [kind, other] = [...new Set(values.filter((value) => value !== null).map(kindOf))];
  if (kind === undefined) throw new Error(`${name}: all of its values are empty; give at least one`);
  if (kind === "other") throw new Error(`${name}: its values must be numbers, texts, flags or days`);
  if (other !== undefined)
    throw new Error(`${name}: its values are a ${kind} and a ${other}; all must be alike`);
  const branch = (value: Branch): ExpressionTree =>
    value === null ? { op: "constant", value } : part(name, kind, value);
  const of = branches.flatMap(([condition, value]) => [part(name, "flag", condition), branch(value)]);
  const tree = operation("case", ...of, branch(otherwise));
  const made = { number: NumberExpression, text: TextExpression, flag: FlagExpression, day: DayExpression };
  return new made[kind](tree);
}

const operation = (op: OperationName, ...of: ExpressionTree[]): ExpressionTree => ({ op, of });

/** @throws {Error} it is of another kind: definitions without types, and what a cast hid */
function part(of: string, kind: ValueKind, given: unknown): ExpressionTree {
  const is = kindOf(given);
  const isDay = kind === "day" && typeof given === "string" && parseCalendarDate(given) !== null;
  if (is !== kind && !isDay) throw new Error(`${of}: a ${kind} was expected; got ${shown(given)}`);
  if (given instanceof Expression) return given.tree;
  return { op: "constant", value: given as number | string | boolean };
}

function kindOf(given: unknown): ValueKind | "other" {
  if (given instanceof Expression) return given.kind;
  if (typeof given === "number" && Number.isFinite(given)) return "number";
  if (typeof given === "string") return "text";
  return typeof given === "boolean" ? "flag" : "other";
}

function shown(given: unknown): string {
  if (given instanceof Expression) return `a ${given.kind}`;
  return typeof given === "number" ? String(given) : (JSON.stringify(given) ?? String(given)).slice(0, 100);
}
