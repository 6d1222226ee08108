import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { changeId, listSize, pageSize, parseName, parseReason } from "../inputs/arguments.js";
import { parseTags } from "../inputs/tracking-arguments.js";
import type { RegisteredModel, VersionEntry } from "../registry/model.js";
import type { ModelAlias } from "../registry/model-catalogue.js";
import type { RegistryChange } from "../registry/registry-changes.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { DescribeModelInput } from "../schema/describe-model.input.js";
import { ModelAliasType } from "../schema/model-alias.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RegisteredModelType } from "../schema/registered-model.type.js";
import { RegistryChangeType } from "../schema/registry-change.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => RegisteredModelType)
export class ModelCatalogueResolver {
  @Needs("operator")
  @Mutation(() => ModelVersionType, {
    description: "Gives a version a free name, taking it from whichever version had it.",
  })
  setModelAlias(
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("alias", () => String, { description: "1 to 255 letters, digits, _ and -; champion, shadow, …" })
    alias: string,
    @Arg("version", () => Int) version: number,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<VersionEntry> {
    return services.catalogue.setAlias(parseName(model, "model"), alias, version, actor);
  }

  @Needs("operator")
  @Mutation(() => ModelVersionType, {
    description: "Removes a name from the version that has it, and answers that version.",
  })
  removeModelAlias(
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("alias", () => String) alias: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<VersionEntry> {
    return services.catalogue.removeAlias(parseName(model, "model"), parseName(alias, "alias"), actor);
  }

  @Needs("operator")
  @Mutation(() => RegisteredModelType, {
    description: "Description and tags of a model, or of a version of it.",
  })
  describeModel(
    @Arg("input", () => DescribeModelInput) input: DescribeModelInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<RegisteredModel> {
    const model = parseName(input.model, "input.model");
    const description = parseReason(input.description, "input.description");
    const tags = parseTags(input.tags ?? {}, "input.tags", true);
    return services.catalogue.annotate({ ...input, model, description, tags }, actor);
  }

  @Needs("admin")
  @Mutation(() => RegisteredModelType, {
    description:
      "Deletes a version that was never served and that no alias names; CONFLICT for any other. Its number is not given again.",
  })
  deleteModelVersion(
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("version", () => Int) version: number,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<RegisteredModel> {
    return services.catalogue.deleteVersion(parseName(model, "model"), version, actor);
  }

  @FieldResolver(() => [ModelAliasType], { description: "By name." })
  aliases(
    @Root() { name }: RegisteredModel,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ModelAlias[]> {
    return loaders.aliases.with({ first: listSize(first) }).load(name);
  }

  @FieldResolver(() => [RegistryChangeType], {
    description:
      "Who named, described, tagged, renamed or deleted what of it, newest first; stages are in transitions.",
  })
  changes(
    @Root() { name }: RegisteredModel,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("before", () => ID, {
      nullable: true,
      description: "Only those before the one of this id: the next page.",
    })
    before: string | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<RegistryChange[]> {
    const page = { first: pageSize(first), before: changeId(before, "before") };
    return loaders.modelChanges.with(page).load(name);
  }

  @FieldResolver(() => ModelVersionType, { nullable: true, description: "The version that has the name." })
  alias(
    @Root() { name: model }: RegisteredModel,
    @Arg("name", () => String) name: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<VersionEntry | null> {
    return loaders.versionsByAlias.load({ model, alias: parseName(name, "name") });
  }
}
