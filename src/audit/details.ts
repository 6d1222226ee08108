import { createHash } from "node:crypto";

/** Of one entry, as JSON. */
const MOST_BYTES = 8_192;
const MOST_ITEMS = 20;
const MOST_CHARACTERS = 500;
const DEEPEST = 8;
/** A shorter key is a part of other words. */
const TELLING_CHARACTERS = 4;

const REDACTED = "[redacted]";
const SECRET_NAMES = /token$|password|passwd|secret|authorization|cookie|api_?key|credential|signature$/i;
const SECRETS: readonly [RegExp, string][] = [
  [/asof_[\w-]{43}/g, REDACTED],
  [/\b(bearer|basic) +[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@?#]*@/gi, `$1${REDACTED}@`],
  [/([?&][\w-]*(?:token|password|secret|signature|credential|key)[\w-]*=)[^&\s#"']*/gi, `$1${REDACTED}`],
];

/** Keys and values of persons, and files: of them it says how many there were, never what. */
const DATA_NAMES = new Set(["userId", "userIds", "rows", "df", "base64", "onnx", "features", "examples"]);

/**
 * What was sent or changed, as an entry keeps it: without secrets, keys and values of persons; long lists, texts and wholes are cut,
 * at the end of an item or a word.
 * @returns JSON; where something was cut it has the SHA-256 of salt and the whole, which whoever has that can compare
 */
export function detailsText(details: unknown, salt: Buffer): string {
  const keys = keysIn(details, DEEPEST).filter(({ length }) => length >= TELLING_CHARACTERS);
  const whole = withoutKeys(JSON.stringify(redacted(details, DEEPEST)) ?? "null", keys);
  const cuts = { any: false };
  let text = JSON.stringify(shortened(JSON.parse(whole), cuts));
  if (Buffer.byteLength(text) > MOST_BYTES) {
    cuts.any = true;
    text = JSON.stringify(namesOnly(JSON.parse(whole)));
    if (Buffer.byteLength(text) > MOST_BYTES) text = "{}";
  }
  if (!cuts.any) return text;
  const sha256 = createHash("sha256").update(salt).update(whole).digest("hex");
  return JSON.stringify({ ...JSON.parse(text), cut: { bytes: Buffer.byteLength(whole), sha256 } });
}

/** A text without what lets somebody in. PostgreSQL takes neither NUL nor half a character. */
export const withoutSecrets = (text: string): string =>
  SECRETS.reduce((left, [secret, instead]) => left.replace(secret, instead), text)
    .replaceAll("\0", "\ufffd")
    .replace(/\p{Surrogate}/gu, "\ufffd");

/** Keys of persons that were sent: a reason beside them may name them, too. */
function keysIn(sent: unknown, depth: number): string[] {
  if (typeof sent !== "object" || sent === null || depth === 0) return [];
  return Object.entries(sent).flatMap(([name, each]) =>
    name === "userId" ? textsOfKey(each) : keysIn(each, depth - 1),
  );
}

/** As a text, as the parts of one, or either beside the entity whose it is. */
function textsOfKey(key: unknown): string[] {
  if (typeof key === "string") return [key];
  if (typeof key !== "object" || key === null) return [];
  return "given" in key
    ? textsOfKey(key.given)
    : Object.values(key).filter((part) => typeof part === "string");
}

const withoutKeys = (json: string, keys: readonly string[]): string =>
  keys.reduce((left, key) => {
    const quoted = JSON.stringify(key).slice(1, -1);
    return left.replace(new RegExp(quoted.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "gi"), "[key]");
  }, json);

/** Whether keys or values of persons were sent. */
export function namesPersons(sent: unknown, depth = 3): boolean {
  if (typeof sent !== "object" || sent === null || depth === 0) return false;
  return Object.entries(sent).some(([name, each]) => DATA_NAMES.has(name) || namesPersons(each, depth - 1));
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map((each) => redacted(each, depth - 1));
  if (Buffer.isBuffer(value)) return sizeOf(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      withoutSecrets(name),
      each === null || each === undefined
        ? null
        : SECRET_NAMES.test(name)
          ? REDACTED
          : DATA_NAMES.has(name)
            ? sizeOf(each)
            : redacted(each, depth - 1),
    ]),
  );
}

function sizeOf(value: unknown): unknown {
  if (Array.isArray(value)) return { count: value.length };
  if (typeof value === "string" || Buffer.isBuffer(value)) return { length: value.length };
  return typeof value === "object" ? { count: Object.keys(value ?? {}).length } : "…";
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
