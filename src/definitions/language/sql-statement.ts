/** A query as a definition writes it, with `{asOf}` where the date of the delivery belongs. */
export interface SqlStatement {
  /** What PostgreSQL is sent: the date is its first parameter, and never part of the text. */
  readonly text: string;
  readonly usesAsOf: boolean;
  /** What is wrong with it, each in words that follow "the statement"; empty where nothing is. */
  readonly problems: readonly string[];
}

/** Within these a brace, a dollar or a semicolon means nothing. */
const QUOTED = [
  /--[^\n]*/y,
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y,
  /'(?:[^']|'')*'/y,
  /"(?:[^"]|"")*"/y,
  /\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/y,
];
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const PLACEHOLDER = /\{(\w*)\}/y;
const PARAMETER = /\$\d+/y;
const QUERIES = ["select", "with", "values", "table"];
const DATE = "($1::date)";

/**
 * Reads a statement without a server: finds `{asOf}` outside of texts, names and comments, and what cannot be one query.
 * Whether the query itself is right only its database can say.
 */
export function readStatement(sql: string): SqlStatement {
  const problems: string[] = [];
  let [text, usesAsOf, ended] = ["", false, false];
  let firstWord: string | null = null;
  for (let at = 0; at < sql.length; ) {
    const rest = quotedAt(sql, at);
    const placeholder = match(PLACEHOLDER, sql, at);
    const word = match(WORD, sql, at);
    const token = rest ?? placeholder?.[0] ?? word?.[0] ?? match(PARAMETER, sql, at)?.[0] ?? sql[at]!;
    at += token.length;
    const comment = rest !== null && /^(--|\/\*)/.test(token);
    const blank = comment || /^\s$/.test(token);
    if (ended && !blank && token !== ";") {
      problems.push("has something after its semicolon; write one query");
      break;
    }
    if (rest !== null) {
      if (/\{asOf\}/.test(token) && !comment) problems.push("has {asOf} within quotes; write it without");
    } else if (placeholder) {
      if (placeholder[1] === "asOf") [text, usesAsOf] = [text + DATE, true];
      else problems.push(`has ${token}; only {asOf} is known`);
      continue;
    } else if (word) firstWord ??= token.toLowerCase();
    else if (/^\$\d/.test(token)) problems.push(`has the parameter ${token}; write {asOf} for the date`);
    else if (token === ";") ended = true;
    else if (/^['"]|^\/\*/.test(token + (sql[at] ?? ""))) {
      problems.push(`has ${/^['"]/.test(token) ? "a quote" : "a comment"} that is never closed`);
      break;
    }
    if (!ended) text += token;
  }
  if (firstWord === null || !QUERIES.includes(firstWord))
    problems.push(
      `must be one query that begins with select, with or values${firstWord === null ? "" : `, not with ${firstWord.slice(0, 40)}`}`,
    );
  return { text: text.trim(), usesAsOf, problems };
}

function quotedAt(sql: string, at: number): string | null {
  if (sql.startsWith("/*", at)) return commentAt(sql, at);
  for (const pattern of QUOTED) {
    const found = match(pattern, sql, at);
    if (found) return found[0];
  }
  return null;
}

/** PostgreSQL's comments nest. */
function commentAt(sql: string, at: number): string | null {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = at;
  let depth = 0;
  for (let edge = edges.exec(sql); edge; edge = edges.exec(sql)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return sql.slice(at, edges.lastIndex);
  }
  return null;
}

function match(pattern: RegExp, sql: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(sql);
}
