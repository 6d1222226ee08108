import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import type { Page } from "../db/page.js";

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

    @Field(() => Int)
    totalCount!: number;
  }
  return Connection;
}

/** A service's page in the shape of the schema's connections. */
export function toConnection<T>({ nodes, hasNextPage, endCursor, totalCount }: Page<T>) {
  return { nodes, pageInfo: { hasNextPage, endCursor }, totalCount };
}
