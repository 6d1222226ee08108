import type { Audit } from "../audit/audited.js";
import type { Who } from "../audit/entry.js";
import type { PersonalColumns } from "../definitions/language/personal.js";

/** What a caller may not see, or what is remembered of what they see. */
export type Personal = PersonalColumns | PersonalReads;

type Values = Readonly<Record<string, unknown>>;

/**
 * Stands where a caller's mask stands, for one who sees personal values: it hides nothing, and remembers which of them an answer has.
 * One a request.
 */
export class PersonalReads {
  readonly any = true;
  /** None is hidden. */
  readonly names: readonly string[] = [];
  readonly #read = new Set<string>();
  #stored = 0;

  constructor(private readonly columns: PersonalColumns) {}

  hasColumn(source: string, column: string): false {
    if (this.columns.hasColumn(source, column)) this.#read.add(`${source}.${column}`);
    return false;
  }

  /** Rows of it, as they came. */
  hasSource(source: string): false {
    if (this.columns.hasSource(source)) this.#read.add(`${source}.*`);
    return false;
  }

  hasFeature(name: string): false {
    if (this.columns.hasFeature(name)) this.#read.add(name);
    return false;
  }

  mayQuote(source: string, column: string | null): false {
    if (this.columns.mayQuote(source, column)) this.#read.add(`${source}.${column ?? "*"}`);
    return false;
  }

  /** A file that may have any of them. */
  all(): readonly string[] {
    for (const name of this.columns.names) this.#read.add(name);
    return [];
  }

  /** The values, of which each that is a personal feature's is read when somebody takes it. */
  features<Given extends Values>(values: Given): Given {
    return this.#watched(values, (name) => (this.columns.hasFeature(name) ? name : null));
  }

  /** The same, of a row of a source. */
  row<Given extends Values>(source: string, row: Given): Given {
    return this.#watched(row, (name) => (this.columns.hasColumn(source, name) ? `${source}.${name}` : null));
  }

  #watched<Given extends Values>(values: Given, personal: (name: string) => string | null): Given {
    const names = Object.keys(values).flatMap((name) => {
      const read = personal(name);
      return read === null ? [] : [[name, read] as const];
    });
    if (names.length === 0) return values;
    const watched = { ...values };
    for (const [name, read] of names) {
      const get = () => {
        this.#read.add(read);
        return values[name];
      };
      Object.defineProperty(watched, name, { get, enumerable: true, configurable: true });
    }
    return watched;
  }

  /**
   * Puts down what was read since it was last called; nothing where that is nothing. Before it is answered.
   * @param what by which operation or route
   * @throws {AuditUnavailableError} it is not stored: it must not be answered
   */
  async store(audit: Audit, who: Who, what: string | null): Promise<void> {
    if (this.#read.size === this.#stored) return;
    const columns = [...this.#read];
    this.#stored = columns.length;
    await audit.append({
      ...{ ...who, action: "personal.read", subject: what, outcome: "DONE", code: null, answers: null },
      details: { columns: columns.sort() },
    });
  }
}
