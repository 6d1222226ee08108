import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Delivery } from "../ingest/deliveries/delivery-store.js";
import { pageSize } from "../inputs/arguments.js";
import type { Run } from "../registry/run.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { DeliveryConnectionType, DeliveryType } from "../schema/delivery.type.js";
import { IN_MEMORY, SCAN } from "../schema/field-costs.js";
import { toConnection } from "../schema/page-info.type.js";
import { RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => DeliveryType)
export class DeliveryResolver {
  @Needs("viewer")
  @Query(() => DeliveryConnectionType, {
    nullable: true,
    complexity: SCAN,
    description:
      "What could be ingested, newest first, with what became of each: from a table that workers fill at their start, each minute and on scanDeliveries. Of more than 10 000 folders the last ones by name. Null where no worker has looked yet.",
  })
  async deliveries(
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services: { deliveries } }: GraphQLContext,
  ): Promise<Omit<DeliveryConnectionType, "totalCount"> | null> {
    const page = { first: pageSize(first), after };
    const [slice, scan] = await Promise.all([deliveries.list(page), deliveries.lastScan()]);
    if (scan === null) return null;
    return { ...toConnection(slice, () => deliveries.count()), ...scan };
  }

  @Needs("operator")
  @Mutation(() => DateTimeScalar, {
    description:
      "Has the workers look for deliveries now. Answers when they were asked: `deliveries { scannedAt }` is not earlier once they have.",
  })
  scanDeliveries(@Ctx() { services }: GraphQLContext): Promise<Date> {
    return services.deliveries.requestScan();
  }

  @FieldResolver(() => [String], {
    complexity: IN_MEMORY,
    description: "Sources that it has no file of: its snapshot carries on what is known of them.",
  })
  lacks(@Root() { files }: Delivery, @Ctx() { services }: GraphQLContext): string[] {
    const held = files.map(({ source }) => source);
    const names = services.definitions.sources.map(({ name }) => name);
    return held.length === 0 ? [] : names.filter((name) => !held.includes(name));
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description: "The last run that ingested it, or tried to.",
  })
  lastRun(@Root() { name }: Delivery, @Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.lastIngests.load(name);
  }
}
