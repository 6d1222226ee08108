import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import type { GivenRole } from "../auth/identity.js";
import { seesPersonal } from "../auth/personal-access.js";
import type { ApiToken } from "../auth/token-store.js";
import { listSize } from "../inputs/arguments.js";
import {
  ApiTokenType,
  ModelRoleInput,
  modelRolesOf,
  NewApiTokenType,
  ProtocolRoleInput,
  protocolRolesOf,
  Role,
  ViewerType,
} from "../schema/access.type.js";
import { IN_MEMORY, SCAN } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs, NeedsEverywhere } from "./needs.js";

/** Who may call: the caller themselves, and the tokens there are. */
@Resolver()
export class AccessResolver {
  @Needs("viewer")
  @Query(() => ViewerType, { complexity: IN_MEMORY, description: "Who asks, and what they may do." })
  viewer(@Ctx() { identity }: GraphQLContext): ViewerType {
    const { actor, role, modelRoles, protocolRoles, kind } = identity;
    return {
      ...{ actor, role, modelRoles: modelRolesOf(modelRoles), protocolRoles: protocolRolesOf(protocolRoles) },
      ...{ open: kind === "open", seesPersonal: seesPersonal(identity) },
    };
  }

  // Who makes tokens may give themselves any role.
  @Needs("admin")
  @Query(() => [ApiTokenType], {
    nullable: true,
    complexity: SCAN,
    description:
      "API tokens and sessions of people who signed in, never their secrets: those in use first, then by name.",
  })
  async tokens(
    @ListSize() first: number | null,
    @Ctx() { services }: GraphQLContext,
  ): Promise<ApiTokenType[]> {
    return (await services.tokens.list(listSize(first))).map(shown);
  }

  @NeedsEverywhere("admin")
  @Mutation(() => NewApiTokenType, {
    description:
      "Creates a token. The first one closes an open server: from then on every request needs a token.",
  })
  async createToken(
    @Arg("name", () => String) name: string,
    @Arg("role", () => Role, { description: "What its holder may do." }) role: GivenRole,
    @Arg("days", () => Int, {
      nullable: true,
      description: "It ends by itself after so many days, 1 to 3 650.",
    })
    days: number | null,
    @Arg("seesPersonal", () => Boolean, {
      defaultValue: false,
      description: "Its holder sees personal columns whatever the role.",
    })
    seesPersonal: boolean,
    @Arg("modelRoles", () => [ModelRoleInput], {
      nullable: true,
      description: "Higher roles that hold for one model each.",
    })
    modelRoles: ModelRoleInput[] | null,
    @Arg("protocolRoles", () => [ProtocolRoleInput], {
      nullable: true,
      description: "Higher roles that hold for what is asked by one protocol each.",
    })
    protocolRoles: ProtocolRoleInput[] | null,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<NewApiTokenType> {
    const { token: secret, row } = await services.tokens.create({
      name,
      role,
      seesPersonal,
      modelRoles: Object.fromEntries((modelRoles ?? []).map(({ model, role }) => [model, role])),
      protocolRoles: Object.fromEntries((protocolRoles ?? []).map(({ protocol, role }) => [protocol, role])),
      createdBy: actor,
      ...(days === null ? {} : { days }),
    });
    return { token: shown(row), secret };
  }

  @NeedsEverywhere("admin")
  @Mutation(() => ApiTokenType, {
    description:
      "Ends a token or a session, by its name, at once, on every process, for open subscriptions too.",
  })
  async revokeToken(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<ApiTokenType> {
    return shown(await services.tokens.revoke(name));
  }
}

const shown = (token: ApiToken): ApiTokenType => ({
  ...token,
  modelRoles: modelRolesOf(token.modelRoles),
  protocolRoles: protocolRolesOf(token.protocolRoles),
});
