import { FieldResolver, Int, Resolver, Root } from "type-graphql";
import { COUNT } from "../schema/field-costs.js";
import { RunConnectionType } from "../schema/run.type.js";

/** Counting may cost more than the page: done once, and only where it is asked for. */
@Resolver(() => RunConnectionType)
export class RunConnectionResolver {
  @FieldResolver(() => Int, {
    complexity: COUNT,
    description:
      "Of the whole list. Counted where it is asked for, up to 100 000; with `where` or `orderByMetric` up to 5 000.",
  })
  async totalCount(@Root() { count }: RunConnectionType): Promise<number> {
    return (await count()).count;
  }

  @FieldResolver(() => Boolean, {
    complexity: COUNT,
    description: "False where there are more than totalCount says.",
  })
  async totalCountIsExact(@Root() { count }: RunConnectionType): Promise<boolean> {
    return (await count()).exact;
  }
}
