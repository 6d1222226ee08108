import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";

export interface RandomQuery {
  query: string;
  /** Several of one document: its second and later ones find it compiled. */
  bodies: { variables?: unknown; operationName?: unknown }[];
}

/** Values that mean something, by the argument's or the type's name; JSON, not GraphQL. */
export type Meanings = Record<string, readonly unknown[]>;

interface Options {
  meanings: Meanings;
  /** Fields, by name, whose answers differ from one moment to the next. */
  except?: readonly string[];
  /** How often of ten a value is of the wrong type or none; 1 unless given. */
  odd?: number;
}

const ODD = [null, "", "x", "__proto__", -1, 1.5, 2 ** 31, 2 ** 53, true, [], {}, [null], [[1]], { a: 1 }];
const ALIASES = ["a", "b", "class", "constructor", "__proto__", "hasOwnProperty", "a_b", "__context", "err"];
const NAMES = ["Q", "constructor", "_"];

/**
 * A query of the schema that holds what two executors may differ in: variables in every place, of laxer types, with
 * defaults; literals; directives; fragments that are spread twice; fields that are selected twice; odd aliases.
 * @param seed the same gives the same
 */
export function randomQuery(schema: GraphQLSchema, seed: number, options: Options): RandomQuery {
  return new Maker(schema, seed, options).make();
}

class Maker {
  #state: number;
  readonly #variables: { name: string; type: GraphQLInputType | "Boolean"; nullable: boolean }[] = [];
  readonly #definitions: string[] = [];
  readonly #fragments: { name: string; type: string; body: string }[] = [];

  constructor(
    private readonly schema: GraphQLSchema,
    seed: number,
    private readonly options: Options,
  ) {
    this.#state = seed >>> 0;
  }

  make(): RandomQuery {
    const name = this.#chance(3) ? this.#pick(NAMES) : "";
    const selections = this.#selections(this.schema.getQueryType()!, 0);
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(", ")})` : "";
    const fragments = this.#fragments.map(
      ({ name: fragment, type, body }) => `fragment ${fragment} on ${type} ${body}`,
    );
    const other = name && this.#chance(1) ? "query Other { __typename }" : "";
    const query = [`query ${name}${definitions} ${selections}`, ...fragments, other].join("\n");
    const bodies = [0, 1, 2].map(() => this.#body(name));
    return { query, bodies };
  }

  #body(name: string): RandomQuery["bodies"][number] {
    const operationName = this.#chance(1) ? this.#pick<unknown>([name, "", "Other", null, 7]) : undefined;
    if (this.#chance(1) && this.#chance(5))
      return { operationName, variables: this.#pick<unknown>([null, [], "x"]) };
    const variables: Record<string, unknown> = this.#chance(1) ? { unknown: 1 } : {};
    for (const variable of this.#variables) {
      if (this.#chance(1)) continue;
      variables[variable.name] = this.#chance(1)
        ? null
        : variable.type === "Boolean"
          ? this.#pick<unknown>([true, false, true, false, "x"])
          : this.#value(variable.name, variable.type, 0);
    }
    return { operationName, variables };
  }

  #selections(type: GraphQLObjectType, depth: number): string {
    const except = this.options.except ?? [];
    const fields = Object.values(type.getFields()).filter(
      ({ name, type: of }) => !except.includes(name) && (depth < 4 || !isCompositeType(getNamedType(of))),
    );
    const count = 1 + this.#below(depth === 0 ? 2 : 4);
    const selected = Array.from({ length: count }, () => this.#selection(type, fields, depth));
    return `{ ${selected.join(" ")} }`;
  }

  #selection(
    type: GraphQLObjectType,
    fields: readonly GraphQLField<unknown, unknown>[],
    depth: number,
  ): string {
    const kind = this.#below(20);
    if (kind === 0 || fields.length === 0) return `__typename${this.#directives()}`;
    if (kind === 1)
      return `...${this.#chance(5) ? ` on ${type.name}` : ""}${this.#directives()} ${this.#selections(type, depth)}`;
    if (kind === 2) return this.#spread(type, depth);
    if (kind === 3 && depth === 0) return "__schema { queryType { name } }";
    const field = this.#pick(fields);
    const alias = this.#chance(3) ? `${this.#pick(ALIASES)}: ` : "";
    const inner = getNamedType(field.type as GraphQLOutputType);
    const body = isObjectType(inner)
      ? ` ${this.#selections(inner, depth + 1)}`
      : isInterfaceType(inner)
        ? " { __typename id }"
        : "";
    const written = `${field.name}${this.#arguments(field.args)}`;
    // The same field again, as fragments of two components would ask for it.
    const again = this.#chance(1) ? ` ${alias}${written}${body}` : "";
    return `${alias}${written}${this.#directives()}${body}${again}`;
  }

  #spread(type: GraphQLObjectType, depth: number): string {
    const known = this.#fragments.filter((fragment) => fragment.type === type.name);
    if (known.length > 0 && this.#chance(6)) return `...${this.#pick(known).name}${this.#directives()}`;
    const body = this.#selections(type, depth + 1);
    const name = `F${this.#fragments.length}`;
    this.#fragments.push({ name, type: type.name, body });
    return `...${name}${this.#directives()}`;
  }

  #directives(): string {
    if (this.#below(30) > 0) return "";
    const value = this.#pick([() => "true", () => "false", () => this.#variable("Boolean", "if")])();
    return ` @${this.#pick(["skip", "include"])}(if: ${value})`;
  }

  #arguments(all: readonly GraphQLArgument[]): string {
    const given = all.filter(
      ({ type, defaultValue }) => (isNonNullType(type) && defaultValue === undefined) || this.#chance(4),
    );
    if (given.length === 0) return "";
    return `(${given.map(({ name, type }) => `${name}: ${this.#literal(name, type, 0)}`).join(", ")})`;
  }

  /** A value as it is written in a document, with variables in it. */
  #literal(name: string, type: GraphQLInputType, depth: number): string {
    if (this.#chance(depth === 0 ? 5 : 3)) return this.#variable(type, name);
    if (this.#isOdd()) return write(this.#pick(ODD));
    if (isNonNullType(type)) return this.#literal(name, type.ofType, depth);
    if (isListType(type)) {
      const items = Array.from({ length: this.#below(3) }, () => this.#literal(name, type.ofType, depth + 1));
      return `[${items.join(", ")}]`;
    }
    if (isInputObjectType(type)) {
      const fields = this.#fieldsOf(type).map(
        (field) => `${field.name}: ${this.#literal(field.name, field.type, depth + 1)}`,
      );
      return `{ ${fields.join(", ")} }`;
    }
    const value = this.#value(name, type, depth);
    return isEnumType(type) && typeof value === "string" ? value : write(value);
  }

  #variable(type: GraphQLInputType | "Boolean", of: string): string {
    const name = `${of}_${this.#variables.length}`;
    if (type === "Boolean") {
      const nullable = this.#chance(5);
      this.#definitions.push(
        `$${name}: ${nullable ? `Boolean = ${this.#pick(["true", "false"])}` : "Boolean!"}`,
      );
      this.#variables.push({ name, type, nullable });
      return `$${name}`;
    }
    const nullable = isNonNullType(type) && this.#chance(3);
    const declared = nullable ? (type as { ofType: GraphQLInputType }).ofType : type;
    const value = isNonNullType(declared) || this.#chance(6) ? "" : ` = ${this.#constant(of, declared)}`;
    this.#definitions.push(`$${name}: ${declared}${value}`);
    this.#variables.push({ name, type, nullable });
    return `$${name}`;
  }

  #constant(name: string, type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#constant(name, type.ofType);
    if (isListType(type)) return `[${this.#constant(name, type.ofType)}]`;
    if (isInputObjectType(type)) {
      const fields = this.#fieldsOf(type).map(
        (field) => `${field.name}: ${this.#constant(field.name, field.type)}`,
      );
      return `{ ${fields.join(", ")} }`;
    }
    const value = this.#value(name, type, 0);
    return isEnumType(type) && typeof value === "string" ? value : write(value);
  }

  #value(name: string, type: GraphQLInputType, depth: number): unknown {
    if (this.#isOdd()) return this.#pick(ODD);
    if (isNonNullType(type)) return this.#value(name, type.ofType, depth);
    if (isListType(type)) {
      if (this.#chance(1)) return this.#value(name, type.ofType, depth + 1);
      return Array.from({ length: this.#below(4) }, () => this.#value(name, type.ofType, depth + 1));
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      return Object.fromEntries(
        this.#fieldsOf(type).map((field) => [field.name, this.#value(field.name, field.type, depth + 1)]),
      );
    }
    const { meanings } = this.options;
    return this.#pick(meanings[name.replace(/_\d+$/, "")] ?? meanings[type.name] ?? ODD);
  }

  #fieldsOf(type: {
    getFields(): Record<string, { name: string; type: GraphQLInputType; defaultValue?: unknown }>;
  }) {
    return Object.values(type.getFields()).filter(
      (field) => (isNonNullType(field.type) && field.defaultValue === undefined) || this.#chance(4),
    );
  }

  #isOdd(): boolean {
    return this.#below(20) < (this.options.odd ?? 1);
  }

  /** As often of ten. */
  #chance(ofTen: number): boolean {
    return this.#below(10) < ofTen;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#below(values.length)]!;
  }

  /** mulberry32 */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${write(inner)}`)
    .join(", ")} }`;
}
