import { type ClassType, Field, Float, Int } from "type-graphql";
import type { Column, ColumnType } from "../definitions/language/column.js";
import { camelCase } from "../definitions/language/deployment.js";
import { DateScalar } from "./date.scalar.js";

const scalars = { int: Int, float: Float, bool: Boolean, string: String, date: DateScalar } satisfies Record<
  ColumnType,
  unknown
>;

/**
 * Adds one nullable field per column to an object type: `watch_hours_30d` in the data becomes
 * `watchHours30d` in the schema, of the column's type and with its description.
 * @throws {Error} two columns would get the same field
 */
export function declareColumns(type: ClassType, columns: Readonly<Record<string, Column>>): void {
  const columnOf = new Map<string, string>();
  for (const [name, { type: columnType, description }] of Object.entries(columns)) {
    const field = camelCase(name);
    const other = columnOf.get(field);
    if (other) throw new Error(`columns ${other} and ${name} would both be the GraphQL field ${field}`);
    columnOf.set(field, name);
    const described = description ?? "A column of its source, as delivered.";
    Field(() => scalars[columnType], { name: field, nullable: true, description: described })(
      type.prototype,
      name,
    );
  }
}
