import type { SearchOperator } from "../../../registry/search/condition.js";
import { textProblem } from "../../../values/text.js";
import { invalid } from "../mlflow-error.js";
import type { FilterEntity, FilterField, FilterTable } from "./fields.js";
import type { FilterKey } from "./terms.js";
import { filterTokens, type Token } from "./tokens.js";

const MAX_LENGTH = 20_000;
const MAX_CONDITIONS = 100;
const MAX_LISTED = 10_000;

/** A condition in MLflow's words. */
export interface FilterCondition extends FilterKey {
  readonly operator: SearchOperator;
  /** A list for IN, null for IS NULL. */
  readonly value: string | number | readonly string[] | null;
}

/** Reads tokens one after the other; what does not fit is refused by its place. */
export class FilterReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(
    text: string,
    private readonly table: FilterTable,
    private readonly what: string,
  ) {
    if (text.length > MAX_LENGTH)
      throw invalid(`${what}: at most ${MAX_LENGTH} characters are accepted; got ${text.length}`);
    const problem = textProblem(text);
    if (problem) throw invalid(`${what}: ${problem}`);
    this.#tokens = filterTokens(text, what);
  }

  get token(): Token {
    return this.#tokens[this.#next]!;
  }

  get isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  take(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#next++;
    return token;
  }

  /** Whether the next token is this keyword, in any case, or this sign. */
  isAt(word: string): boolean {
    const { kind, text } = this.token;
    return (kind === "word" && text.toUpperCase() === word) || (kind === "sign" && text === word);
  }

  /** Takes the next token where it is that. */
  accept(word: string): boolean {
    const isIt = this.isAt(word);
    if (isIt) this.#next++;
    return isIt;
  }

  expect(word: string): void {
    if (!this.accept(word)) this.refuse(`${word} was expected`);
  }

  refuse(expected: string, token: Token = this.token): never {
    const got = token.kind === "end" ? "the end" : JSON.stringify(token.text.slice(0, 60));
    throw invalid(`${this.what}, at character ${token.at}: ${expected}; got ${got}`);
  }

  /** `metrics.auc`, `params."my param"`, `status`, or a name in quotes alone. */
  identifier(): { entity: FilterEntity; field: FilterField } {
    const token = this.take();
    if (token.kind === "name" || (token.kind === "quoted" && token.quote === '"'))
      return this.#fieldOf(this.table[0], token.text, token);
    if (token.kind !== "word")
      this.refuse("a field was expected, such as metrics.auc or attributes.status", token);
    const dot = token.text.indexOf(".");
    if (dot < 0) return this.#fieldOf(this.table[0], token.text, token);
    const entity = this.#entityOf(token.text.slice(0, dot), token);
    const key = token.text.slice(dot + 1);
    return this.#fieldOf(entity, key === "" ? this.#quotedKey() : key, token);
  }

  #quotedKey(): string {
    const token = this.take();
    if (token.kind === "name" || (token.kind === "quoted" && token.quote === '"')) return token.text;
    return this.refuse(
      "a key was expected after the point, in backticks where it is more than one word",
      token,
    );
  }

  #entityOf(name: string, token: Token): FilterEntity {
    const found = this.table.find(({ names }) => names.includes(name.toLowerCase()));
    return (
      found ??
      this.refuse(
        `one of ${this.table.map(({ entity }) => entity).join(", ")} was expected before the point`,
        token,
      )
    );
  }

  #fieldOf(entity: FilterEntity, key: string, token: Token): { entity: FilterEntity; field: FilterField } {
    const field = key.length > 0 && key.length <= 250 ? entity.field(key) : null;
    if (field) return { entity, field };
    const expected = entity.keys ? `${entity.keys.join(", ")}` : "a key of 1 to 250 characters";
    return this.refuse(`of ${entity.entity}, ${expected} was expected`, token);
  }
}

/** `condition AND condition …`; nothing at all is no condition. @throws {MlflowError} */
export function parseFilter(text: string, table: FilterTable): FilterCondition[] {
  const reader = new FilterReader(text, table, "filter");
  const conditions: FilterCondition[] = [];
  if (reader.isAtEnd) return conditions;
  do {
    if (conditions.length === MAX_CONDITIONS)
      reader.refuse(`at most ${MAX_CONDITIONS} conditions were expected`);
    conditions.push(readCondition(reader));
  } while (reader.accept("AND"));
  if (!reader.isAtEnd) reader.refuse("AND or the end was expected");
  return conditions;
}

function readCondition(reader: FilterReader): FilterCondition {
  const { entity, field } = reader.identifier();
  const place = reader.token;
  const operator = readOperator(reader);
  if (!field.operators.includes(operator))
    reader.refuse(
      `for ${entity.entity}.${field.key}, one of ${field.operators.join(", ")} was expected`,
      place,
    );
  return { entity: entity.entity, key: field.key, operator, value: readValue(reader, field, operator) };
}

function readOperator(reader: FilterReader): SearchOperator {
  if (reader.accept("IS")) {
    const isNot = reader.accept("NOT");
    reader.expect("NULL");
    return isNot ? "IS NOT NULL" : "IS NULL";
  }
  if (reader.accept("NOT")) {
    reader.expect("IN");
    return "NOT IN";
  }
  for (const word of ["IN", "LIKE", "ILIKE", "=", "!=", ">=", "<=", ">", "<"] as const)
    if (reader.accept(word)) return word;
  return reader.refuse("an operator was expected, such as = or LIKE");
}

function readValue(
  reader: FilterReader,
  { value }: FilterField,
  operator: SearchOperator,
): FilterCondition["value"] {
  switch (operator) {
    case "IS NULL":
    case "IS NOT NULL":
      return null;
    case "IN":
    case "NOT IN":
      return readList(reader);
    default:
      return value === "number" ? readNumber(reader) : readText(reader);
  }
}

function readList(reader: FilterReader): string[] {
  const values: string[] = [];
  reader.expect("(");
  do {
    if (values.length === MAX_LISTED) reader.refuse(`at most ${MAX_LISTED} values were expected`);
    values.push(readText(reader));
  } while (reader.accept(",") && !reader.isAt(")"));
  reader.expect(")");
  return values;
}

function readText(reader: FilterReader): string {
  const token = reader.take();
  return token.kind === "quoted" ? token.text : reader.refuse("a text in quotes was expected", token);
}

function readNumber(reader: FilterReader): number {
  const token = reader.take();
  return token.kind === "number" ? Number(token.text) : reader.refuse("a number was expected", token);
}
