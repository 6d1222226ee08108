import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, Info, Query, Resolver } from "type-graphql";
import { type Deployment, type FeatureService } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOfService } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { requestedFeatures, serviceFeatures } from "../definitions/language/service-features.js";
import { listSize } from "../inputs/arguments.js";
import { runKinds } from "../jobs/run-kinds.js";
import { DeploymentType, FeatureServiceType } from "../schema/deployment.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { MutationDefinitionType } from "../schema/mutation-definition.type.js";
import { taskForService } from "../training/tasks/registry.js";
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
    return {
      name: definitions.name,
      entities: definitions.entities.map(({ entity }) => {
        const { name, description } = entity;
        const keys = keyColumnsOf(entity).map(({ column, field, type }) => ({ column, field, type }));
        return { name, plural: entityNames(entity).manyWords, description, keys };
      }),
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
    @Ctx() { services }: GraphQLContext,
  ): MutationDefinitionType[] {
    const all = mutationDefinitions(schema, runKinds, defaultEntityOf(services.definitions));
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

const servicesOf = (definitions: Deployment): FeatureServiceType[] =>
  definitions.services.map((service: FeatureService) => ({
    name: service.name,
    description: service.description,
    task: taskForService(service).name,
    entity: entityOfService(definitions, service).name,
    label: service.label.column,
    features: definitionsOf(serviceFeatures(service)),
    request: requestedFeatures(service).map(({ name, field, column }) => ({
      ...{ name, field, type: column.type, required: column.required },
      ...{ description: column.description, min: column.min, max: column.max, oneOf: column.oneOf },
    })),
    gates: service.gates,
  }));
