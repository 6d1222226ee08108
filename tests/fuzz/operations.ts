import fc, { type GeneratorValue } from "fast-check";
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";
import { JANUARY, USERS } from "../support/months.js";
import { emittedSchema as schema } from "../support/schema.js";

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

const maxDepth = 4;

/** What fits by type and means something here, by the argument's name or its type's. */
const MEANINGFUL: Record<string, fc.Arbitrary<unknown>> = {
  userId: fc.constantFrom(USERS[0], USERS[7], "nobody"),
  model: fc.constant("churn"),
  version: fc.integer({ min: 0, max: 3 }),
  source: fc.constantFrom(JANUARY, "nothing"),
  Date: fc.constantFrom(JANUARY, "2024-02-29"),
  DateTime: fc.constantFrom("2024-02-01T00:00:00.000Z", "2030-01-01T00:00:00Z"),
  Int: fc.integer({ min: 0, max: 100 }),
  Float: fc.double({ min: 0, max: 1, noNaN: true }),
  Boolean: fc.boolean(),
  String: fc.constantFrom("a", "auc", "* * * * *", "usage_agg_30d"),
  ID: fc.oneof(fc.uuid(), fc.constantFrom("1", USERS[1])),
  JSON: fc.object({ maxDepth: 2, maxKeys: 3, withNullPrototype: false }),
};

/** What breaks programs: of no type in particular. */
const HOSTILE: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "\0",
    "a\0b",
    "\ud800",
    "'; drop table users; --",
    "../../etc/passwd",
    "__proto__",
    "constructor",
    "%s%n",
    "0000-00-00",
    "2024-02-30",
    "9999-12-31",
    "+275760-09-13",
    "infinity",
    "NaN",
    -1,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    5e-324,
    [],
    {},
    [[]],
    true,
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** One operation of the schema: its fields, arguments and variables by their types, some values hostile. */
export const operations: fc.Arbitrary<Operation> = fc.gen().map((g) => {
  const kind = g(fc.constantFrom, "query", "query", "mutation") as "query" | "mutation";
  const root = kind === "query" ? schema.getQueryType()! : schema.getMutationType()!;
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fields = g(() => fc.subarray(Object.values(root.getFields()), { minLength: 1, maxLength: 2 }));
  const body = fields.map((field) => fieldOf(g, field, { variables, declared }, 0)).join(" ");
  const head = declared.length > 0 ? `${kind}(${declared.join(", ")})` : kind;
  return { query: `${head} { ${body} }`, variables };
});

interface Taken {
  variables: Record<string, unknown>;
  declared: string[];
}

function fieldOf(
  g: GeneratorValue,
  field: GraphQLField<unknown, unknown>,
  taken: Taken,
  depth: number,
): string {
  const given = field.args.filter((arg) => isNonNullType(arg.type) || g(fc.boolean));
  const passed = given.map((arg) => {
    const variable = `v${taken.declared.length}`;
    taken.declared.push(`$${variable}: ${arg.type}`);
    taken.variables[variable] = valueFor(g, arg.name, arg.type, 0);
    return `${arg.name}: $${variable}`;
  });
  const alias = g(fc.constantFrom, "", "x: ");
  return `${alias}${field.name}${passed.length ? `(${passed.join(", ")})` : ""}${selectionOf(g, field.type, taken, depth)}`;
}

function selectionOf(g: GeneratorValue, type: GraphQLOutputType, taken: Taken, depth: number): string {
  const named: GraphQLNamedType = getNamedType(type);
  if (!isCompositeType(named)) return "";
  if (isUnionType(named)) {
    const parts = named.getTypes().map((each) => `... on ${each}${selectionOf(g, each, taken, depth)}`);
    return ` { __typename ${parts.join(" ")} }`;
  }
  if (!isObjectType(named) || depth === maxDepth) return " { __typename }";
  const all = Object.values(named.getFields());
  const chosen = g(() => fc.subarray(all, { minLength: 1, maxLength: Math.min(4, all.length) }));
  // Aliases by place: the same field of two selections may have two sets of arguments.
  return ` { ${chosen.map((field, i) => `f${depth}${i}: ${fieldOf(g, field, taken, depth + 1).replace(/^x: /, "")}`).join(" ")} }`;
}

function valueFor(g: GeneratorValue, name: string, type: GraphQLInputType, depth: number): unknown {
  if (g(fc.integer, { min: 0, max: 9 }) === 0) return g(() => HOSTILE);
  if (isNonNullType(type)) return valueFor(g, name, type.ofType, depth);
  if (isListType(type)) {
    const length = g(fc.integer, { min: 0, max: 3 });
    return Array.from({ length }, () => valueFor(g, name, type.ofType, depth + 1));
  }
  if (isEnumType(type)) return g(() => fc.constantFrom(...type.getValues().map((value) => value.name)));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || (depth < 3 && g(fc.boolean)),
    );
    return Object.fromEntries(
      fields.map((field) => [field.name, valueFor(g, field.name, field.type, depth + 1)]),
    );
  }
  return g(() => MEANINGFUL[name] ?? MEANINGFUL[getNamedType(type).name] ?? HOSTILE);
}

const TOKENS = [
  ..."{}()[]:!$@&|=\"'\\#,",
  ...["...", "on", "query", "mutation", "subscription", "fragment", "__schema", "__typename", "true", "null"],
  ...["health", "status", "predict", "userId", '"U-1"', '"""', "\0", "\ufeff", "\ud800", "1e999", "-", "é"],
];

/** A document that was cut, doubled or mixed with what GraphQL is made of; or of that alone. */
export const brokenDocuments: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }).map((tokens) => tokens.join(" ")),
  fc
    .tuple(operations, fc.nat(), fc.nat(), fc.constantFrom(...TOKENS), fc.boolean())
    .map(([{ query }, from, length, token, twice]) => {
      const at = from % query.length;
      const end = at + (length % (query.length - at));
      return query.slice(0, at) + token + (twice ? query.slice(at, end).repeat(2) : "") + query.slice(end);
    }),
  fc.integer({ min: 1, max: 3_000 }).map((depth) => "{ a ".repeat(depth)),
  fc
    .integer({ min: 1, max: 500 })
    .map((depth) => `{ runs { nodes ${"{ run ".repeat(depth)}{ id }${" }".repeat(depth)} } }`),
  fc.integer({ min: 2, max: 2_000 }).map((n) => `{ ${"health { status } ".repeat(n)} }`),
  fc.integer({ min: 1, max: 30 }).map((n) => {
    const spreads = Array.from(
      { length: n },
      (_, i) => `fragment f${i} on Query { ...f${(i + 1) % n} ...f${(i + 2) % n} }`,
    );
    return `{ ...f0 } ${spreads.join(" ")}`;
  }),
);
