import { type ClassType, Field, Int, ObjectType, Root } from "type-graphql";
import type { Slice } from "../db/page.js";
import { COUNT } from "./field-costs.js";

@ObjectType("PageInfo", { simpleResolvers: true, description: "Where a page lies in its list." })
export class PageInfoType {
  @Field(() => Boolean, { description: "Whether the list goes on after this page." })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description: "Whether the page was asked for with `after`: there is one before it.",
  })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the first node; null on an empty page.",
  })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "What to pass as `after` for the next page." })
  endCursor!: string | null;
}

/** One node of a page with its cursor. */
export interface Edge<T> {
  cursor: string;
  node: T;
}

/** What every connection has but its count. */
export interface ConnectionPage<T> {
  readonly nodes: T[];
  readonly edges: Edge<T>[];
  readonly pageInfo: PageInfoType;
}

/** The edge type of a noun. */
export function edgeOf<T extends object>(name: string, node: () => ClassType<T>): ClassType<Edge<T>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: "A node of the page and its cursor." })
  class ConnectionEdge implements Edge<T> {
    @Field(() => String, { description: "What to pass as `after` for what follows this node." })
    cursor!: string;

    @Field(() => node(), { description: "What the edge leads to." })
    node!: T;
  }
  return ConnectionEdge;
}

/** The connection type of a noun: one page of it, and how many there are. */
export function connectionOf<T extends object>(name: string, node: () => ClassType<T>): ClassType {
  const Edge = edgeOf(name, node);

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: "One page of a list." })
  class Connection implements ConnectionPage<T> {
    @Field(() => [Edge], { description: "The nodes of the page, each with its cursor." })
    edges!: Edge<T>[];

    @Field(() => [node()], { description: "The nodes of the page, without cursors." })
    nodes!: T[];

    @Field(() => PageInfoType, { description: "Where the page lies in the list." })
    pageInfo!: PageInfoType;

    /** Not a field: counting may cost more than the page, so it is done where totalCount is asked for. */
    count!: () => Promise<number>;

    @Field(() => Int, { complexity: COUNT, description: "How many the whole list has." })
    totalCount(@Root() { count }: Connection): Promise<number> {
      return count();
    }
  }
  return Connection;
}

/**
 * A service's page in the shape of the schema's connections. Cursors are made where they are asked for.
 * @param count null: the connection has no totalCount
 */
export function toConnection<T, Count extends (() => Promise<unknown>) | null>(
  slice: Slice<T>,
  count: Count,
) {
  const { nodes, hasNextPage, hasPreviousPage, cursorAt } = slice;
  return {
    nodes,
    get edges(): Edge<T>[] {
      return nodes.map((node, index) => ({ cursor: cursorAt(index), node }));
    },
    get pageInfo(): PageInfoType {
      const startCursor = nodes.length > 0 ? cursorAt(0) : null;
      const endCursor = nodes.length > 0 ? cursorAt(nodes.length - 1) : null;
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    },
    count,
  };
}
