import { BadUserInputError } from "../errors/errors.js";
import { suggestion } from "./suggestion.js";

/** What is one of many: a learner, a run kind, a gate … */
export interface NamedRecord {
  readonly name: string;
}

/** A name that no record has. */
export class UnknownNameError extends BadUserInputError {
  constructor(
    /** `learner`, `run kind` … */
    readonly what: string,
    readonly got: string,
    readonly known: readonly string[],
  ) {
    super(
      `no ${what} is named ${JSON.stringify(got)}; known: ${known.join(", ") || "none"}${suggestion(got, known)}`,
      { what, got, known },
    );
  }
}

/**
 * The records of one kind, by name, in their order. It begins with the built-in ones; a deployment module may replace
 * them when the process starts. So whatever lists names (enums, choices, help) asks when it is needed, never at import.
 */
export class Registry<R extends NamedRecord> implements Iterable<R> {
  #records!: ReadonlyMap<string, R>;

  /** @param what for errors: `learner`, `run kind` … */
  constructor(
    readonly what: string,
    builtIn: readonly R[],
  ) {
    this.use(builtIn);
  }

  /**
   * Replaces all records.
   * @throws {Error} two of them have the same name; the records stay what they were
   */
  use(records: readonly R[]): void {
    const byName = new Map<string, R>();
    for (const record of records) {
      if (byName.has(record.name)) {
        throw new Error(
          `two ${this.what} records are named ${JSON.stringify(record.name)}; rename one or leave it out`,
        );
      }
      byName.set(record.name, record);
    }
    this.#records = byName;
  }

  names(): string[] {
    return [...this.#records.keys()];
  }

  find(name: string): R | undefined {
    return this.#records.get(name);
  }

  /** @throws {UnknownNameError} no record has the name */
  get(name: string): R {
    const record = this.find(name);
    if (!record) throw new UnknownNameError(this.what, name, this.names());
    return record;
  }

  [Symbol.iterator](): Iterator<R> {
    return this.#records.values();
  }
}
