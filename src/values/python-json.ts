import { endOfString } from "./exact-json.js";

/** What is read for a word of Python's that JSON has not. */
export type PythonWords = Readonly<Record<"NaN" | "Infinity" | "-Infinity", string>>;

/** NaN is missing; the others are numbers. */
const AS_NUMBERS: PythonWords = { NaN: "null", Infinity: "1e999", "-Infinity": "-1e999" };

/**
 * JSON as Python's encoders write it: with bare NaN and Infinity.
 * @throws {SyntaxError} it is no JSON even so
 */
export function parsePythonJson(text: string, words: PythonWords = AS_NUMBERS): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(withoutWords(text, words));
  }
}

/** With those words outside of texts replaced, in time linear in the length. */
function withoutWords(text: string, words: PythonWords): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    const between = text.slice(at, end);
    parts.push(between.replace(/-?\bInfinity\b|\bNaN\b/g, (word) => words[word as keyof PythonWords]));
    at = quote < 0 ? end : endOfString(text, quote);
    parts.push(text.slice(end, at));
  }
  return parts.join("");
}
