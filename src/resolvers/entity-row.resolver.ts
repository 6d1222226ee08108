import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import { entitySourceOf } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { keyObject } from "../definitions/language/key-form.js";
import type { UserFeatures } from "../features/types.js";
import { listSize, pageSize } from "../inputs/arguments.js";
import { requireModelOf } from "../inputs/asked-key.js";
import { parseEntityKey, parsePrefix, requireEntity, requireService } from "../inputs/entity-key.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { EntityRowConnection, EntityRowType, type RowOfEntity } from "../schema/entity-row.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { toConnection } from "../schema/page-info.type.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

const keyOf = ({ entity, record }: RowOfEntity): string => String(record[entity.key]);

/** What is about one entity, by names that are the same in every deployment. */
@Resolver(() => EntityRowType)
export class EntityRowResolver {
  @Needs("viewer")
  @Query(() => EntityRowType, {
    nullable: true,
    description: "One entity by its key, an object by column. Null where there is none.",
  })
  async entityRow(
    @Arg("entity", () => String) entity: string,
    @Arg("key", () => JsonScalar) key: unknown,
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<RowOfEntity | null> {
    const of = requireEntity(services.definitions, entity);
    const record = await loaders.users.with({ entity: of.name }).load(parseEntityKey(of, key, "key"));
    return record && { entity: of, record };
  }

  @Needs("viewer")
  @Query(() => EntityRowConnection, { description: "The rows of an entity, by key." })
  async entityRows(
    @Arg("entity", () => String) entity: string,
    @Arg("search", () => String, { nullable: true }) search: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    const of = requireEntity(services.definitions, entity);
    const prefix = parsePrefix(of, search, "search");
    const { nodes, ...slice } = await services.entities.list(of, { first: pageSize(first), after }, prefix);
    const rows = nodes.map((record): RowOfEntity => ({ entity: of, record }));
    return toConnection({ ...slice, nodes: rows }, () => services.entities.count(of, prefix));
  }

  @FieldResolver(() => String, {
    complexity: IN_MEMORY,
    description: "The entity's name, as `deployment` has it.",
  })
  entity(@Root() { entity }: RowOfEntity): string {
    return entity.name;
  }

  @FieldResolver(() => JsonScalar, { complexity: IN_MEMORY, description: "The key, an object by column." })
  key(@Root() row: RowOfEntity): ReturnType<typeof keyObject> {
    return keyObject(row.entity, keyOf(row));
  }

  @FieldResolver(() => JsonScalar, {
    complexity: IN_MEMORY,
    description: "The other columns of the entity's source, by column.",
  })
  attributes(@Root() { entity, record }: RowOfEntity): RowOfEntity["record"] {
    const ofKey = [entity.key, ...keyColumnsOf(entity).map(({ column }) => column)];
    return Object.fromEntries(Object.entries(record).filter(([column]) => !ofKey.includes(column)));
  }

  @FieldResolver(() => [String], {
    complexity: IN_MEMORY,
    description: "Of `attributes` the columns whose values the caller may not see; they are null there.",
  })
  masked(
    @Root() { entity }: RowOfEntity,
    @ListSize() first: number | null,
    @Ctx() { services: { definitions, masked } }: GraphQLContext,
  ): string[] {
    const { name, columns } = entitySourceOf(definitions, entity);
    const all = masked ? Object.keys(columns).filter((column) => masked.hasColumn(name, column)) : [];
    return all.slice(0, listSize(first));
  }

  @FieldResolver(() => UserFeaturesType, {
    nullable: true,
    description: "Its features, now or as of a date: all of the deployment, or those of one feature service.",
  })
  features(
    @Root() row: RowOfEntity,
    @Arg("service", () => String, { nullable: true }) service: string | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<UserFeatures> {
    const asked = { key: keyOf(row), asOf, knownAt };
    if (service === null || service === undefined)
      return loaders.features.with({ entity: row.entity.name }).load(asked);
    const { name } = requireService(services.definitions, service);
    requireModelOf(services.definitions, name, row.entity);
    return loaders.serviceFeatures.with({ service: name }).load(asked);
  }
}
