import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { listSize, pageSize, parseName, transitionId } from "../inputs/arguments.js";
import type { RegisteredModel, Stage, StageTransition, VersionEntry } from "../registry/model.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RegisteredModelType } from "../schema/registered-model.type.js";
import { StageTransitionType } from "../schema/stage-transition.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs, OfModel } from "./needs.js";

async function findByStage(
  { name }: RegisteredModel,
  stage: Stage,
  { loaders }: GraphQLContext,
): Promise<VersionEntry | null> {
  const versions = await loaders.servingVersions.load(name);
  return versions.find((version) => version.stage === stage) ?? null;
}

@Resolver(() => RegisteredModelType)
export class RegisteredModelResolver {
  @Needs("viewer")
  @Query(() => [RegisteredModelType])
  models(@ListSize() first: number | null, @Ctx() { services }: GraphQLContext): Promise<RegisteredModel[]> {
    return services.models.listModels(listSize(first));
  }

  @Needs("viewer")
  @OfModel("name")
  @Query(() => RegisteredModelType, { nullable: true })
  model(
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<RegisteredModel | null> {
    return loaders.models.load(parseName(name, "name"));
  }

  @FieldResolver(() => [ModelVersionType])
  versions(
    @Root() { name }: RegisteredModel,
    @ListSize() first: number | null,
    @Arg("before", () => Int, {
      nullable: true,
      description: "Only those with a smaller number: the next page.",
    })
    before: number | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<VersionEntry[]> {
    return loaders.versionsByModel.with({ first: listSize(first), before: before ?? null }).load(name);
  }

  @FieldResolver(() => ModelVersionType, { nullable: true, description: "The highest version number." })
  async latest(
    @Root() { name }: RegisteredModel,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<VersionEntry | null> {
    const [latest] = await loaders.versionsByModel.with({ first: 1, before: null }).load(name);
    return latest ?? null;
  }

  @FieldResolver(() => ModelVersionType, { nullable: true })
  production(@Root() model: RegisteredModel, @Ctx() context: GraphQLContext): Promise<VersionEntry | null> {
    return findByStage(model, "PRODUCTION", context);
  }

  @FieldResolver(() => ModelVersionType, { nullable: true })
  staging(@Root() model: RegisteredModel, @Ctx() context: GraphQLContext): Promise<VersionEntry | null> {
    return findByStage(model, "STAGING", context);
  }

  @FieldResolver(() => [StageTransitionType], { description: "Newest first." })
  transitions(
    @Root() { name }: RegisteredModel,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("before", () => ID, {
      nullable: true,
      description: "Only those before the one of this id: the next page.",
    })
    before: string | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<StageTransition[]> {
    const page = { first: pageSize(first), before: transitionId(before, "before") };
    return loaders.transitions.with(page).load({ model: name, version: null });
  }
}
