import type { Source } from "../definitions/language/deployment.js";
import { type DeclaredExpectation, declaredOf } from "./expectations/declared.js";
import type { RowVerdict } from "./expectations/expectation.js";

/** Looks at one row's texts, in the order of its header; null where the source declares nothing that one row can break. */
export type RowCheck = (fields: readonly string[], line: number, key: string) => void;

/** Takes the verdicts on an expectation. */
type CounterOf = (declared: DeclaredExpectation) => (verdict: RowVerdict, line: number, key: string) => void;

/**
 * Compiles what a source declares of single rows. Values stay as they are, also unexpected ones: how many there are
 * decides at the end. A text that is not of its column's type is the type's violation, and no second one here.
 */
export function compileRowChecks(
  source: Source,
  keyName: string,
  at: (column: string) => number,
  counterOf: CounterOf,
): RowCheck | null {
  const typeOf = (column: string) => (column === keyName ? "string" : source.columns[column]!.type);
  const checks = declaredOf(source).flatMap((declared): RowCheck[] => {
    const { evaluation, declaration } = declared;
    if (evaluation.over !== "rows") return [];
    const column = declared.columnOf(keyName);
    const verdictOn = evaluation.compile({ column, other: declaration.other, at, typeOf });
    const count = counterOf(declared);
    return [(fields, line, key) => count(verdictOn(fields), line, key)];
  });
  if (checks.length === 0) return null;
  return (fields, line, key) => {
    for (const check of checks) check(fields, line, key);
  };
}
