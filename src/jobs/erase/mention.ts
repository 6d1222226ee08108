import { entityNames } from "../../definitions/language/entity-names.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import type { Erasure } from "../../features/erasure/erase-rows.js";
import type { Person } from "../../features/erasure/erasure-counts.js";

/** What takes the place of a text that named who was erased, or held a value of theirs. */
export const ERASED_TEXT = "[erased]";

/** What a key is called in what runs keep, beside the names that the deployment gives it. */
const KEY_FIELDS = ["userId", "key"];

/** Shorter ones, and numbers, are words and counts of other texts. */
const DISTINCT_CHARACTERS = 4;

/** Finds one key, and values that stood beside it, in texts and JSON that were not made to be searched. */
export class Mention {
  readonly #fields: ReadonlySet<string>;
  readonly #isDistinct: boolean;
  readonly #pattern: RegExp;

  /**
   * @param names what the deployment calls the key: its column and its field
   * @param anyCase whether the key is the same in capitals
   * @param values texts of the person's own, each as a message quotes it
   */
  constructor(
    readonly key: string,
    private readonly names: readonly string[],
    private readonly anyCase = false,
    private readonly values: readonly string[] = [],
  ) {
    this.#fields = new Set([...KEY_FIELDS, ...names]);
    this.#isDistinct = key.length >= DISTINCT_CHARACTERS && !/^-?\d+$/.test(key);
    const literal = key.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    this.#pattern = this.#isDistinct
      ? new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, anyCase ? "iu" : "u")
      : new RegExp(`["']${literal}["']`, "u");
  }

  /** The same, with values that one run's report has of the person. */
  with(values: readonly string[]): Mention {
    return values.length === 0
      ? this
      : new Mention(this.key, this.names, this.anyCase, [...this.values, ...values]);
  }

  get hasValues(): boolean {
    return this.values.length > 0;
  }

  /** Texts of which one is in every stored text or JSON that mentions the key: for SQL's `strpos`. */
  get needles(): string[] {
    const escaped = JSON.stringify(this.key).slice(1, -1);
    const twice = JSON.stringify(escaped).slice(1, -1);
    const bare = [...new Set([this.key, escaped, twice])];
    if (this.anyCase) return [this.key, this.key.toUpperCase()];
    if (this.#isDistinct) return bare;
    return bare.flatMap((text) => [`"${text}"`, `\\"${text}\\"`, `'${text}'`]);
  }

  /** Whether a stored text or JSON has one of the needles. */
  mayBeIn(text: string): boolean {
    return this.needles.some((needle) => text.includes(needle));
  }

  inText(text: string): boolean {
    return this.#pattern.test(text) || this.values.some((value) => text.includes(value));
  }

  #isKey(value: unknown): boolean {
    return (
      value === this.key || (this.anyCase && typeof value === "string" && value.toLowerCase() === this.key)
    );
  }

  /** Whether an object says that it is about the person. */
  isAbout(value: unknown): boolean {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return Object.entries(value).some(([name, each]) => this.#fields.has(name) && this.#isKey(each));
  }

  /** JSON without what is about the person, and with `[erased]` for texts that mention them. */
  scrub<T>(value: T): T {
    return this.#scrubbed(value) as T;
  }

  #scrubbed(value: unknown): unknown {
    if (typeof value === "string") return this.inText(value) ? ERASED_TEXT : value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const others = value.filter((each) => !this.isAbout(each) && !(this.#isDistinct && this.#isKey(each)));
      return others.map((each) => this.#scrubbed(each));
    }
    if (this.isAbout(value)) return null;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !(this.#isDistinct && this.#isKey(name)))
        .map(([name, each]) => [name, this.#scrubbed(each)]),
    );
  }
}

/** One who is erased, and what finds them in texts. */
export interface Mentioned {
  erasure: Erasure;
  mention: Mention;
}

/** Of somebody by what the deployment calls their key. */
export function mentionOf({ entity, key }: Person): Mention {
  const { column, field } = entityNames(entity);
  const isUuid = keyColumnsOf(entity).every(({ type }) => type === "uuid");
  return new Mention(key, [column, field], isUuid);
}
