import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";

/** What a field is asked with, by `Type.field`: `(id: "…")`. */
export type Asked = Readonly<Record<string, string>>;

export interface Door {
  /** `Query.features`, `Prediction.contributions`: by which the object is reached. */
  readonly name: string;
  readonly document: string;
}

interface Place {
  readonly name: string;
  readonly fields: readonly string[];
  readonly type: GraphQLNamedType;
}

/**
 * Every field of the schema that yields objects, once: a query that goes to it by the shortest way and asks for every value there,
 * and each root field that yields a value itself. A field that asks for an argument nobody gives here is an error: a door that is
 * added is not passed by.
 * @param first root fields that are taken before the others, each with all that is behind it
 * @param last those that are taken at the end
 */
export function everyDoor(
  schema: GraphQLSchema,
  asked: Asked,
  { first, last }: { first: readonly string[]; last: readonly string[] },
): Door[] {
  const query = schema.getQueryType()!;
  const given = (parent: string, field: GraphQLField<unknown, unknown>): string => {
    const written = asked[`${parent}.${field.name}`];
    if (written !== undefined) return `${field.name}${written}`;
    const missing = field.args.find(isRequiredArgument);
    if (missing) unasked.push(`${parent}.${field.name}(${missing.name})`);
    return field.name;
  };
  const unasked: string[] = [];
  const rank = (name: string) =>
    first.includes(name) ? first.indexOf(name) : first.length + 1 + last.indexOf(name);
  const roots = Object.values(query.getFields()).sort((a, b) => rank(a.name) - rank(b.name));
  const doors: Door[] = [];
  const seen = new Set<string>();
  const queue: Place[] = [];
  const enter = (parent: string, field: GraphQLField<unknown, unknown>, before: readonly string[]) => {
    const name = `${parent}.${field.name}`;
    if (seen.has(name)) return;
    seen.add(name);
    const type = getNamedType(field.type);
    const fields = [...before, given(parent, field)];
    if (isLeafType(type))
      doors.push({ name, document: `{ ${fields.join(" { ")} ${"}".repeat(fields.length)}` });
    else queue.push({ name, fields, type });
  };
  const visit = (place: Place) => {
    const { name, fields, type } = place;
    const members = isObjectType(type)
      ? [type]
      : isCompositeType(type)
        ? schema.getPossibleTypes(type as never)
        : [];
    const values = members.map((member) => {
      const own = Object.values(member.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
      const selected = own.map((field) => `${member.name}_${field.name}: ${given(member.name, field)}`);
      return `... on ${member.name} { __typename ${selected.join(" ")} }`;
    });
    doors.push({
      name,
      document: `{ ${fields.join(" { ")} { ${values.join(" ")} ${"}".repeat(fields.length + 1)}`,
    });
    for (const member of members) {
      for (const field of Object.values(member.getFields())) {
        if (isLeafType(getNamedType(field.type))) continue;
        const before = isObjectType(type) ? fields : [...fields, `... on ${member.name}`];
        enter(member.name, field, before);
      }
    }
  };
  for (const root of roots) {
    enter("Query", root, []);
    for (let place = queue.shift(); place; place = queue.shift()) visit(place);
  }
  if (unasked.length > 0) throw new Error(`say what these are asked with: ${unasked.join(", ")}`);
  return doors;
}
