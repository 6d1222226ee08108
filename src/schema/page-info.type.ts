import { type ClassType, Field, Int, ObjectType, Root } from "type-graphql";
import type { Slice } from "../db/page.js";
import { COUNT } from "./field-costs.js";

@ObjectType("PageInfo", { simpleResolvers: true })
export class PageInfoType {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: "What to pass as `after` for the next page." })
  endCursor!: string | null;
}

/** The connection type of a noun: one page of it, and how many there are. */
export function connectionOf<T extends object>(name: string, node: () => ClassType<T>): ClassType {
  @ObjectType(`${name}Connection`, { simpleResolvers: true })
  class Connection {
    @Field(() => [node()])
    nodes!: T[];

    @Field(() => PageInfoType)
    pageInfo!: PageInfoType;

    /** Not a field: counting may cost more than the page, so it is done where totalCount is asked for. */
    count!: () => Promise<number>;

    @Field(() => Int, { complexity: COUNT })
    totalCount(@Root() { count }: Connection): Promise<number> {
      return count();
    }
  }
  return Connection;
}

/** A service's page in the shape of the schema's connections. */
export function toConnection<T>({ nodes, hasNextPage, endCursor }: Slice<T>, count: () => Promise<number>) {
  return { nodes, pageInfo: { hasNextPage, endCursor }, count };
}
