import { Arg, Int } from "type-graphql";
import { maxPageSize } from "../inputs/arguments.js";

/**
 * The bound of a list that is given whole unless it is longer than any page: `first: Int = 1000`, for `listSize`. Being no
 * page's size, it does not say how long the list will be: its cost is charged as it is read (look-ups.ts).
 */
export const ListSize = () => Arg("first", () => Int, { nullable: true, defaultValue: maxPageSize });
