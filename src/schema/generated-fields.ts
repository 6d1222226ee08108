import { type ClassType, Field, Float, Int } from "type-graphql";
import type { Column } from "../definitions/language/column.js";
import type { GraphqlName } from "../definitions/language/column-types/column-type.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { camelCase } from "../definitions/language/deployment.js";
import { DateScalar } from "./date.scalar.js";
import { BigIntScalar, DecimalScalar, TimestampScalar } from "./exact.scalars.js";

const scalars = {
  ...{ Int, Float, Boolean, String, Date: DateScalar },
  ...{ BigInt: BigIntScalar, Decimal: DecimalScalar, Timestamp: TimestampScalar },
} satisfies Record<GraphqlName, unknown>;

/**
 * Adds one nullable field per column to an object type: `watch_hours_30d` in the data becomes
 * `watchHours30d` in the schema, of the column's type and with its description.
 * @throws {Error} two columns would get the same field
 */
export function declareColumns(type: ClassType, columns: Readonly<Record<string, Column>>): void {
  const columnOf = new Map<string, string>();
  for (const [name, { type: columnType, description, personal }] of Object.entries(columns)) {
    const field = camelCase(name);
    const other = columnOf.get(field);
    if (other) throw new Error(`columns ${other} and ${name} would both be the GraphQL field ${field}`);
    columnOf.set(field, name);
    const said = description ?? "A column of its source, as delivered.";
    const described = personal ? `${said} Personal: null for who may not see it.` : said;
    const { graphql } = factsOf(columnType);
    const scalar = scalars[graphql.name];
    Field(() => (graphql.list ? [scalar] : scalar), { name: field, nullable: true, description: described })(
      type.prototype,
      name,
    );
  }
}
