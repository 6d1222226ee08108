/** What someone may do; each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What someone was given: a role, or none but those for single models and protocols. */
export const GIVEN_ROLES = ["none", ...ROLES] as const;
export type GivenRole = (typeof GIVEN_ROLES)[number];

/** By what asof is asked: every route is of one. GraphQL's WebSockets are of `graphql`. */
export const PROTOCOLS = ["graphql", "rest", "mlflow", "feast", "inference"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What someone may do, and where. */
export interface Grants {
  /** Everywhere. */
  role: GivenRole;
  /** Roles that hold for these models alone, beside `role`. */
  modelRoles: ModelRoles;
  /** Roles that hold for what is asked by these protocols alone, beside `role`. */
  protocolRoles: ProtocolRoles;
}

/** Who asks, and what they may do. */
export interface Identity extends Grants {
  /** Their role by whatever protocol, where that by which they ask gives them a higher one; absent: `role` is. */
  roleEverywhere?: GivenRole;
  /** Recorded with runs and transitions: the token's name, the JWT's `sub`, or what the client of an open server claims. */
  actor: string;
  /** Whether they see personal columns whatever the role. */
  seesPersonal: boolean;
  /** `open`: no authentication was required. */
  kind: "open" | "token" | "jwt";
  /** What its requests are counted by: the token's id, the JWT's `sub`; one value for all clients of an open server. */
  id: string;
  /** When it ends by itself, in milliseconds since 1970. */
  expiresAt: number | null;
}

/** By the model's name. */
export type ModelRoles = Readonly<Record<string, Role>>;
export type ProtocolRoles = Readonly<Partial<Record<Protocol, Role>>>;

/** The role of what is done to this model: the higher one of their own and that of the model. */
export function roleBeside<Own extends GivenRole>(
  { role, modelRoles }: { role: Own; modelRoles: ModelRoles },
  model: unknown,
): Own | Role {
  const given = typeof model === "string" && Object.hasOwn(modelRoles, model) ? modelRoles[model]! : role;
  return higher(role, given);
}

/** Who asks by this protocol: their role is the higher one of their own and that of the protocol. */
export function askingBy(identity: Identity, protocol: Protocol): Identity {
  const given = identity.protocolRoles[protocol];
  if (given === undefined) return identity;
  return { ...identity, role: higher(identity.role, given), roleEverywhere: roleEverywhere(identity) };
}

/** What they may do by whatever protocol: nobody gives away more than that. */
export const roleEverywhere = (identity: Pick<Identity, "role" | "roleEverywhere">): GivenRole =>
  identity.roleEverywhere ?? identity.role;

const higher = <One extends GivenRole, Other extends GivenRole>(one: One, other: Other): One | Other =>
  roleCovers(one, other) ? one : other;

export const roleCovers = (has: GivenRole, needed: GivenRole): boolean =>
  GIVEN_ROLES.indexOf(has) >= GIVEN_ROLES.indexOf(needed);

export function parseRole(text: unknown): Role | null {
  return ROLES.find((role) => role === text) ?? null;
}
