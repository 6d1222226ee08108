import { createHash } from "node:crypto";
import { DEEPEST, isData, KeysSent, sizeOf } from "./persons.js";
import { isSecretName, MOST_SEARCHED, originOf, REDACTED, withoutSecrets } from "./secrets.js";

/** Of one entry, as JSON. */
const MOST_BYTES = 8_192;
const MOST_ITEMS = 20;
const MOST_CHARACTERS = 500;
/** Of a list or an object: what comes after is only counted. */
const MOST_WALKED = 1_000;

/**
 * What was sent or changed, as an entry keeps it: without secrets, keys and values of persons; long lists, texts and wholes are cut,
 * at the end of an item or a word. Whatever was sent, it takes time by its size alone, and does not fail.
 * @param most bytes of it
 * @returns JSON; where something was cut it has the SHA-256 of salt and the whole, which whoever has that can compare
 */
export function detailsText(details: unknown, salt: Buffer, most = MOST_BYTES): string {
  const tree = new Walk(new KeysSent(details), salt).of(details, "", DEEPEST);
  const whole = JSON.stringify(tree) ?? "null";
  const cuts = { any: false };
  let text = JSON.stringify(shortened(tree, cuts)) ?? "null";
  if (Buffer.byteLength(text) > most) {
    cuts.any = true;
    text = JSON.stringify(namesOnly(tree));
    if (Buffer.byteLength(text) > most) text = "{}";
  }
  if (!cuts.any) return text;
  const cut = { bytes: Buffer.byteLength(whole), sha256: sha256(salt, whole) };
  return JSON.stringify({ ...JSON.parse(text), cut });
}

const sha256 = (salt: Buffer, text: string): string =>
  createHash("sha256").update(salt).update(text).digest("hex");

/** The one way through what was sent: all that is kept of it comes from here. */
class Walk {
  constructor(
    private readonly keys: KeysSent,
    private readonly salt: Buffer,
  ) {}

  /** @param name under which it stands */
  of(value: unknown, name: string, depth: number): unknown {
    if (typeof value === "string") return this.#text(value, name);
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value ?? null;
    if (depth === 0) return "…";
    if (value instanceof Date) return value.toJSON();
    if (ArrayBuffer.isView(value)) return { length: value.byteLength };
    if (!Array.isArray(value)) return this.#object(value as Record<string, unknown>, depth);
    const items = value.slice(0, MOST_WALKED).map((each) => this.of(each, name, depth - 1));
    return value.length > MOST_WALKED ? [...items, `… ${value.length - MOST_WALKED} more`] : items;
  }

  #text(text: string, name: string): string {
    if (/url$/i.test(name)) return originOf(text);
    const left = this.keys.takenFrom(withoutSecrets(text), name);
    return text.length > MOST_SEARCHED
      ? `${left}… of ${text.length} characters, SHA-256 ${sha256(this.salt, text)}`
      : left;
  }

  #object(of: Record<string, unknown>, depth: number): unknown {
    const named = of.key ?? of.name;
    const isSecret = typeof named === "string" && isSecretName(named);
    const entries = Object.entries(of);
    const kept = entries.slice(0, MOST_WALKED).map(([name, each]) => {
      const hides = isSecretName(name) || (isSecret && name === "value");
      const isNothing = each === null || each === undefined;
      const left = hides ? REDACTED : isData(name) ? sizeOf(each) : this.of(each, name, depth - 1);
      return [withoutSecrets(name), isNothing ? null : left];
    });
    const more = entries.length - MOST_WALKED;
    return Object.fromEntries(more > 0 ? [...kept, ["…", `${more} more`]] : kept);
  }
}

function shortened(value: unknown, cuts: { any: boolean }): unknown {
  if (typeof value === "string") {
    if (value.length <= MOST_CHARACTERS) return value;
    cuts.any = true;
    return `${value.slice(0, MOST_CHARACTERS).replace(/[\p{L}\p{N}_-]*$/u, "")}…`;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > MOST_ITEMS) cuts.any = true;
    const kept = value.slice(0, MOST_ITEMS).map((each) => shortened(each, cuts));
    return value.length > MOST_ITEMS ? [...kept, `… ${value.length - MOST_ITEMS} more`] : kept;
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shortened(each, cuts)]));
}

/** What there was, without what it was. */
function namesOnly(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return sizeOf(value);
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ITEMS)
      .map(([name, each]) => [
        name,
        typeof each === "object" && each !== null && !Array.isArray(each)
          ? Object.fromEntries(
              Object.entries(each)
                .slice(0, MOST_ITEMS)
                .map(([inner, deep]) => [
                  inner,
                  typeof deep === "object" ? sizeOf(deep) : shortened(deep, { any: true }),
                ]),
            )
          : typeof each === "string"
            ? shortened(each, { any: true })
            : each,
      ]),
  );
}
