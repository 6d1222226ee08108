import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import {
  type GivenRole,
  type ModelRoles,
  PROTOCOLS,
  type Protocol as ProtocolName,
  type ProtocolRoles,
} from "../auth/identity.js";
import type { ApiToken } from "../auth/token-store.js";
import { DateTimeScalar } from "./date-time.scalar.js";

export const Role = { NONE: "none", VIEWER: "viewer", OPERATOR: "operator", ADMIN: "admin" } as const;
registerEnumType(Role, {
  name: "Role",
  description: "What a caller may do; each includes those before it.",
  valuesConfig: {
    NONE: { description: "Does what roles for single models and protocols give, and nothing else." },
    VIEWER: { description: "Reads and predicts." },
    OPERATOR: { description: "Also starts runs, promotes, and manages schedules." },
    ADMIN: { description: "Also deletes, passes over gates, and makes tokens." },
  },
});

@ObjectType("ModelRole", { simpleResolvers: true, description: "A role that holds for one model alone." })
export class ModelRoleType {
  @Field(() => String, { description: "The model's name." })
  model!: string;

  @Field(() => Role, {
    description: "What its holder may do with the model.",
  })
  role!: GivenRole;
}

@InputType("ModelRoleInput", { description: "A role that holds for one model alone." })
export class ModelRoleInput {
  @Field(() => String, { description: "The model's name; it need not be there yet." })
  model!: string;

  @Field(() => Role, { description: "What its holder may do with the model." })
  role!: GivenRole;
}

export const Protocol = Object.fromEntries(
  PROTOCOLS.map((name) => [name.toUpperCase(), name]),
) as unknown as Readonly<Record<Uppercase<ProtocolName>, ProtocolName>>;
registerEnumType(Protocol, {
  name: "Protocol",
  description: "What asof is asked by.",
  valuesConfig: {
    GRAPHQL: { description: "GraphQL, its WebSockets and the console's pages." },
    REST: {
      description: "The routes of asof's own beside GraphQL, such as `POST /predict`, files and metrics.",
    },
    MLFLOW: { description: "MLflow's tracking and registry, under `/mlflow`." },
    FEAST: { description: "Feast's feature server, under `/feast`." },
    INFERENCE: {
      description: "Open Inference under `/v2`, MLflow's scoring under `/serving` and `/invocations`.",
    },
  },
});

@ObjectType("ProtocolRole", {
  simpleResolvers: true,
  description: "A role that holds for what is asked by one protocol alone.",
})
export class ProtocolRoleType {
  @Field(() => Protocol, { description: "The protocol." })
  protocol!: ProtocolName;

  @Field(() => Role, { description: "What its holder may do by it." })
  role!: GivenRole;
}

@InputType("ProtocolRoleInput", { description: "A role that holds for what is asked by one protocol alone." })
export class ProtocolRoleInput {
  @Field(() => Protocol, { description: "The protocol." })
  protocol!: ProtocolName;

  @Field(() => Role, { description: "What its holder may do by it." })
  role!: GivenRole;
}

export const modelRolesOf = (roles: ModelRoles): ModelRoleType[] =>
  Object.entries(roles).map(([model, role]) => ({ model, role }));

export const protocolRolesOf = (roles: ProtocolRoles): ProtocolRoleType[] =>
  PROTOCOLS.flatMap((protocol) => (roles[protocol] ? [{ protocol, role: roles[protocol] }] : []));

@ObjectType("Viewer", { simpleResolvers: true, description: "Who asks, and what they may do." })
export class ViewerType {
  @Field(() => String, { description: "The name that is kept with what they do." })
  actor!: string;

  @Field(() => Role, { description: "Their role." })
  role!: string;

  @Field(() => [ModelRoleType], { description: "Roles that hold for these models alone, beside `role`." })
  modelRoles!: ModelRoleType[];

  @Field(() => [ProtocolRoleType], {
    description: "Roles that hold for what is asked by these protocols alone, beside `role`.",
  })
  protocolRoles!: ProtocolRoleType[];

  @Field(() => Boolean, { description: "Whether requests need no authentication." })
  open!: boolean;

  @Field(() => Boolean, {
    description:
      "Whether they see the values of personal columns. Others get MASKED for a status, and null for a value.",
  })
  seesPersonal!: boolean;
}

@ObjectType("ApiToken", { simpleResolvers: true, description: "A token, without its secret." })
export class ApiTokenType implements Omit<ApiToken, "id" | "modelRoles" | "protocolRoles"> {
  @Field(() => String, {
    description: "Kept as the actor of what it is used for; of a session, `session:` and its id.",
  })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: "Who signed in at the provider: the actor of this session. Null: a token.",
  })
  person!: string | null;

  @Field(() => Role, { description: "What its holder may do." })
  role!: ApiToken["role"];

  @Field(() => [ModelRoleType], { description: "Roles that hold for these models alone, beside `role`." })
  modelRoles!: ModelRoleType[];

  @Field(() => [ProtocolRoleType], {
    description: "Roles that hold for what is asked by these protocols alone, beside `role`.",
  })
  protocolRoles!: ProtocolRoleType[];

  @Field(() => Boolean, {
    description: "Whether its holder was given the sight of personal columns. Admins have it anyway.",
  })
  seesPersonal!: boolean;

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => String, { nullable: true, description: "Who created it; null where the command line did." })
  createdBy!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it was last used, to the minute; null if never.",
  })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it ends by itself; null: never." })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it was revoked; null while it holds." })
  revokedAt!: Date | null;
}

@ObjectType("NewApiToken", {
  simpleResolvers: true,
  description: "A token that was just created, with its secret.",
})
export class NewApiTokenType {
  @Field(() => ApiTokenType, { description: "The token." })
  token!: ApiTokenType;

  @Field(() => String, { description: "What to send as `Authorization: Bearer …`. It is shown once." })
  secret!: string;
}
