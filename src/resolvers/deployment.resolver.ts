import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, Info, Query, Resolver } from "type-graphql";
import {
  type Deployment,
  type FeatureService,
  featuresOf,
  labelTypeOf,
} from "../definitions/language/deployment.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { listSize } from "../inputs/arguments.js";
import { runKinds } from "../jobs/run-kinds.js";
import { DeploymentType, FeatureServiceType } from "../schema/deployment.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { MutationDefinitionType } from "../schema/mutation-definition.type.js";
import { taskForLabel } from "../training/tasks/registry.js";
import type { GraphQLContext } from "./context.js";
import { definitionsOf } from "./feature-view.resolver.js";
import { ListSize } from "./list-size.js";
import { mutationDefinitions } from "./mutation-definitions.js";
import { Needs } from "./needs.js";

/** What is declared, by names that are the same in every deployment. */
@Resolver()
export class DeploymentResolver {
  @Needs("viewer")
  @Query(() => DeploymentType, {
    complexity: IN_MEMORY,
    description:
      "What this deployment declares: entities with their keys, feature services with their task, label and gates.",
  })
  deployment(@Ctx() { services }: GraphQLContext): DeploymentType {
    const { definitions } = services;
    const { name, description } = definitions.entity;
    const { column, field, manyWords } = entityNames(definitions.entity);
    return {
      name: definitions.name,
      entities: [{ name, plural: manyWords, description, keys: [{ column, field, type: "string" }] }],
      services: servicesOf(definitions),
    };
  }

  // Who may not introspect the schema need not know what others may do.
  @Needs("operator")
  @Query(() => [MutationDefinitionType], {
    complexity: IN_MEMORY,
    description:
      "Every mutation there is, with the role it asks for and what a form for it needs; also where introspection is switched off.",
  })
  mutationDefinitions(
    @Arg("name", () => String, { nullable: true, description: "That one alone." })
    name: string | null | undefined,
    @ListSize() first: number | null,
    @Info() { schema }: GraphQLResolveInfo,
  ): MutationDefinitionType[] {
    const all = mutationDefinitions(schema, runKinds);
    return all.filter((mutation) => !name || mutation.name === name).slice(0, listSize(first));
  }

  @Needs("viewer")
  @Query(() => [FeatureServiceType], { complexity: IN_MEMORY })
  featureServices(@Ctx() { services }: GraphQLContext): FeatureServiceType[] {
    return servicesOf(services.definitions);
  }

  @Needs("viewer")
  @Query(() => FeatureServiceType, { nullable: true, complexity: IN_MEMORY })
  featureService(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): FeatureServiceType | undefined {
    return servicesOf(services.definitions).find((service) => service.name === name);
  }
}

const servicesOf = ({ entity, services }: Deployment): FeatureServiceType[] =>
  services.map((service: FeatureService) => ({
    name: service.name,
    description: service.description,
    task: taskForLabel(labelTypeOf(service)).name,
    entity: entity.name,
    label: service.label.column,
    features: definitionsOf(featuresOf(service.views)),
    gates: service.gates,
  }));
