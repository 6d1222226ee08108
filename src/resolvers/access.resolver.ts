import { Arg, Ctx, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Role as RoleName } from "../auth/identity.js";
import { seesPersonal } from "../auth/personal-access.js";
import type { ApiToken } from "../auth/token-store.js";
import { listSize } from "../inputs/arguments.js";
import { ApiTokenType, NewApiTokenType, Role, ViewerType } from "../schema/access.type.js";
import { IN_MEMORY, SCAN } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

/** Who may call: the caller themselves, and the tokens there are. */
@Resolver()
export class AccessResolver {
  @Needs("viewer")
  @Query(() => ViewerType, { complexity: IN_MEMORY, description: "Who asks, and what they may do." })
  viewer(@Ctx() { identity }: GraphQLContext): ViewerType {
    const { actor, role, kind } = identity;
    return { actor, role, open: kind === "open", seesPersonal: seesPersonal(identity) };
  }

  // Who makes tokens may give themselves any role.
  @Needs("admin")
  @Query(() => [ApiTokenType], {
    nullable: true,
    complexity: SCAN,
    description:
      "API tokens and sessions of people who signed in, never their secrets: those in use first, then by name.",
  })
  tokens(@ListSize() first: number | null, @Ctx() { services }: GraphQLContext): Promise<ApiToken[]> {
    return services.tokens.list(listSize(first));
  }

  @Needs("admin")
  @Mutation(() => NewApiTokenType, {
    description:
      "Creates a token. The first one closes an open server: from then on every request needs a token.",
  })
  async createToken(
    @Arg("name", () => String) name: string,
    @Arg("role", () => Role, { description: "What its holder may do." }) role: RoleName,
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
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<NewApiTokenType> {
    const { token: secret, row } = await services.tokens.create({
      name,
      role,
      seesPersonal,
      createdBy: actor,
      ...(days === null ? {} : { days }),
    });
    return { token: row, secret };
  }

  @Needs("admin")
  @Mutation(() => ApiTokenType, {
    description:
      "Ends a token or a session, by its name, at once, on every process, for open subscriptions too.",
  })
  revokeToken(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<ApiToken> {
    return services.tokens.revoke(name);
  }
}
