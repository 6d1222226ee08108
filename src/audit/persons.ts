/** Of what was sent: further down nothing is looked at, and nothing kept. */
export const DEEPEST = 8;

/** Keys and values of persons, and files: of them it is kept how many there were, never what. */
const DATA_NAMES = new Set([
  ...["userId", "userIds", "rows", "df", "base64", "onnx", "features", "examples", "expected"],
]);

/** What people write in words: it may name somebody. */
const FREE_TEXTS = new Set(["reason", "note", "description", "comment"]);

/** A shorter key is a part of other words. */
export const TELLING_CHARACTERS = 4;
const LONGEST_KEY = 200;
/** With more of them, or more words in which they are looked for, the words are left out. */
const MOST_KEYS = 20_000;
const MOST_WORDS = 8_192;

export const isData = (name: string): boolean => DATA_NAMES.has(name);

/** Whether keys or values of persons were sent. */
export function namesPersons(sent: unknown, depth = DEEPEST): boolean {
  if (typeof sent !== "object" || sent === null || ArrayBuffer.isView(sent) || depth === 0) return false;
  if (Array.isArray(sent)) return sent.some((each) => namesPersons(each, depth - 1));
  for (const name in sent)
    if (isData(name) || namesPersons((sent as Record<string, unknown>)[name], depth - 1)) return true;
  return false;
}

/** How many there were. */
export function sizeOf(value: unknown): unknown {
  if (Array.isArray(value)) return { count: value.length };
  if (typeof value === "string" || Buffer.isBuffer(value)) return { length: value.length };
  return typeof value === "object" ? { count: Object.keys(value ?? {}).length } : "…";
}

/** Takes keys of persons that were sent out of the words that were sent beside them. */
export class KeysSent {
  readonly #keys = new Set<string>();
  readonly #lengths = new Set<number>();
  #left = MOST_WORDS;

  constructor(sent: unknown) {
    this.#collect(sent, DEEPEST);
  }

  #collect(sent: unknown, depth: number): void {
    if (typeof sent !== "object" || sent === null || ArrayBuffer.isView(sent) || depth === 0) return;
    if (Array.isArray(sent)) {
      for (const each of sent) this.#collect(each, depth - 1);
      return;
    }
    for (const [name, each] of Object.entries(sent)) {
      if (name === "userId" || name === "userIds") this.#add(each, depth);
      else this.#collect(each, depth - 1);
    }
  }

  /** As a text, as the parts of one, as a list of either, or any of them beside the entity whose it is. */
  #add(key: unknown, depth: number): void {
    if (typeof key === "number") this.#add(String(key), depth);
    else if (typeof key === "string") {
      if (key.length < TELLING_CHARACTERS || key.length > LONGEST_KEY) return;
      if (this.#keys.size === MOST_KEYS) this.#left = 0;
      if (this.#left === 0) return;
      const folded = key.toLowerCase();
      this.#keys.add(folded);
      this.#lengths.add(folded.length);
    } else if (typeof key === "object" && key !== null && depth > 0) {
      if ("given" in key) this.#add(key.given, depth - 1);
      else for (const part of Object.values(key)) this.#add(part, depth - 1);
    }
  }

  /** @param name of what is said with it */
  takenFrom(text: string, name: string): string {
    if (this.#keys.size === 0 || !FREE_TEXTS.has(name)) return text;
    this.#left -= text.length;
    return this.#left < 0 ? "…" : this.#replaced(text);
  }

  /** A key begins and ends where a word does; of digits alone it is all between two blanks, or else a part of dates and amounts. */
  #replaced(text: string): string {
    const folded = text.toLowerCase();
    // A few letters are longer in lower case: places would not be the same.
    const sought = folded.length === text.length ? folded : text;
    let left = "";
    let taken = 0;
    for (const { index } of sought.matchAll(/(?<![\p{L}\p{N}])\S/gu)) {
      if (index < taken) continue;
      const end = this.#endOfKey(sought, index);
      if (end === null) continue;
      left += `${text.slice(taken, index)}[key]`;
      taken = end;
    }
    return left + text.slice(taken);
  }

  #endOfKey(text: string, from: number): number | null {
    for (const length of this.#lengths) {
      const key = text.slice(from, from + length);
      if (!this.#keys.has(key)) continue;
      const around = [text.slice(Math.max(0, from - 2), from), text.slice(from + length, from + length + 2)];
      if (/^[\p{L}\p{N}]/u.test(around[1]!)) continue;
      const isPartOfNumber = /\d[-.,:/]$/.test(around[0]!) || /^[-.,:/]\d/.test(around[1]!);
      if (!/^\d+$/.test(key) || !isPartOfNumber) return from + length;
    }
    return null;
  }
}
