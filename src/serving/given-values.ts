import type { Column, ColumnValue } from "../definitions/language/column.js";
import type { Source } from "../definitions/language/deployment.js";
import { BadUserInputError } from "../errors/errors.js";
import type { DeclaredExpectation } from "../ingest/expectations/declared.js";
import { type JsonCell, jsonReader } from "../ingest/json-cell.js";
import { compileRowChecks } from "../ingest/row-checks.js";
import { suggestion } from "../values/suggestion.js";

export type Values = Readonly<Record<string, ColumnValue>>;

/** A value that a caller may give, and the column whose rules it keeps. */
export interface Givable {
  name: string;
  column: Column;
  /** Whose expectations of single values count, too. */
  source: Source;
  sourceColumn: string;
}

/** Problems of one call that are told. */
const TOLD = 5;

/** Reads the values that come with a call instead of from the feature store: each as a delivery would have it. */
export class GivenValues {
  readonly #readers: ReadonlyMap<string, (given: unknown) => JsonCell>;
  readonly #names: readonly string[];

  /** @param argument where they are given: `request` */
  constructor(
    private readonly argument: string,
    private readonly service: string,
    givable: readonly Givable[],
  ) {
    this.#readers = new Map(givable.map((each) => [each.name, readerOf(each)]));
    this.#names = givable.map(({ name }) => name);
  }

  /**
   * Every value by its name; what is not given is empty.
   * @param given any JSON
   * @param asked what has to be given, be it null; absent: what a delivery must not leave empty
   * @throws {BadUserInputError} names each value that is unknown, missing, of another type or out of its range
   */
  read(given: unknown, asked?: Iterable<string>): Values {
    const problems: string[] = [];
    const values: Record<string, ColumnValue> = Object.create(null);
    const object = this.#objectOf(given);
    for (const name of Object.keys(object)) {
      if (!this.#readers.has(name)) problems.push(this.#unknown(name));
    }
    const missing = asked && [...asked].filter((name) => !Object.hasOwn(object, name));
    if (missing && missing.length > 0)
      problems.push(`${missing.join(", ")} must be given, as null where empty`);
    for (const [name, read] of this.#readers) {
      const isGiven = Object.hasOwn(object, name);
      if (!isGiven && asked) continue;
      const cell = read(isGiven ? object[name] : null);
      if ("value" in cell) values[name] = cell.value;
      else problems.push(`${name}${isGiven ? `: ${inShort(object[name])}` : ""} ${cell.problem}`);
    }
    if (problems.length > 0) this.#refuse(problems);
    return values;
  }

  #objectOf(given: unknown): Readonly<Record<string, unknown>> {
    if (given === null || given === undefined) return {};
    if (typeof given === "object" && !Array.isArray(given)) return given as Record<string, unknown>;
    return this.#refuse([`an object of values by feature was expected; got ${inShort(given)}`]);
  }

  #unknown(name: string): string {
    const there =
      this.#names.length > 0
        ? `there ${this.#names.length === 1 ? "is" : "are"} ${this.#names.join(", ")}`
        : "it takes none";
    const quoted = JSON.stringify(name.slice(0, 60));
    return `${quoted} is no ${this.argument === "features" ? "stored" : this.argument} feature of the service ${this.service}; ${there}${suggestion(name.slice(0, 60), this.#names)}`;
  }

  #refuse(problems: readonly string[]): never {
    const told = problems.slice(0, TOLD).join("; ");
    const more = problems.length > TOLD ? `; and ${problems.length - TOLD} more` : "";
    throw new BadUserInputError(`${this.argument}: ${told}${more}`, { argument: this.argument });
  }
}

/** The column's own rules, then what its source expects of single values of it. */
function readerOf({ name, column, source, sourceColumn }: Givable): (given: unknown) => JsonCell {
  const read = jsonReader(column);
  const expectations = (source.expectations ?? []).filter(
    (each) => each.column === sourceColumn && each.other === null && !each.ofKey,
  );
  const found: DeclaredExpectation[] = [];
  const check = compileRowChecks(
    { ...source, columns: { [sourceColumn]: column }, expectations },
    name,
    () => 0,
    (declared) => (verdict) => {
      const { severity, mostly } = declared.declaration;
      if (typeof verdict !== "string" && severity === "ERROR" && mostly === 1) found.push(declared);
    },
  );
  if (!check) return read;
  return (given) => {
    const cell = read(given);
    if ("problem" in cell || cell.value === null) return cell;
    check([String(cell.value)], 0, "");
    const [broken] = found.splice(0);
    return broken ? { problem: broken.rule() } : cell;
  };
}

const inShort = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 100);
