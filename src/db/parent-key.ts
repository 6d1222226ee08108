import type { ParentLink } from "../definitions/language/entities.js";
import { quote } from "./pool.js";

/** SQL: the key of the row that a row of the link's source belongs to, as every table has keys: one text. */
export const parentKey = (alias: string, { column }: Pick<ParentLink, "column">): string =>
  `${alias}.${quote(column)}::text`;
