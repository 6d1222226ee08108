import { invalid } from "../mlflow-error.js";

export type Token = {
  /** `name`: in backticks. `quoted`: in quotes, which are a value's or a name's. */
  readonly kind: "word" | "name" | "quoted" | "number" | "sign" | "end";
  /** Without its quotes. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly at: number;
  /** Of a quoted text. */
  readonly quote?: string;
};

const PARTS = [
  ["space", /\s+/y],
  ["name", /`([^`]*)`/y],
  ["quoted", /'((?:[^']|'')*)'|"((?:[^"]|"")*)"/y],
  ["number", /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y],
  ["word", /[\w.]+/y],
  ["sign", /!=|<>|>=|<=|[=<>(),]/y],
] as const;

/** @throws {MlflowError} what is no part of the language, by its place */
export function filterTokens(text: string, what: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const part = readAt(text, at);
    if (!part) throw invalid(`${what}, at character ${at + 1}: ${unread(text.slice(at))}`);
    if (part.token) tokens.push(part.token);
    at = part.end;
  }
  return [...tokens, { kind: "end", text: "", at: text.length + 1 }];
}

function readAt(text: string, at: number): { token: Token | null; end: number } | null {
  for (const [kind, pattern] of PARTS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const end = at + match[0].length;
    if (kind === "space") return { token: null, end };
    if (kind !== "quoted") return { token: { kind, text: match[1] ?? match[0], at: at + 1 }, end };
    const quote = match[0][0]!;
    const inner = (match[1] ?? match[2] ?? "").replaceAll(quote + quote, quote);
    return { token: { kind, text: inner, at: at + 1, quote }, end };
  }
  return null;
}

function unread(rest: string): string {
  return /^['"`]/.test(rest)
    ? `the text that begins with ${rest[0]} does not end`
    : `${JSON.stringify(rest[0])} was not expected`;
}
