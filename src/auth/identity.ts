/** What someone may do; each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, and what they may do. */
export interface Identity {
  /** Recorded with runs and transitions: the token's name, the JWT's `sub`, or what the client of an open server claims. */
  actor: string;
  role: Role;
  /** Roles that hold for these models alone, beside `role`. */
  modelRoles: ModelRoles;
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

/** The role of what is done to this model: the higher one of their own and that of the model. */
export function roleBeside(
  { role, modelRoles }: Pick<Identity, "role" | "modelRoles">,
  model: unknown,
): Role {
  const given = typeof model === "string" && Object.hasOwn(modelRoles, model) ? modelRoles[model]! : role;
  return roleCovers(role, given) ? role : given;
}

export const roleCovers = (has: Role, needed: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(needed);

export function parseRole(text: unknown): Role | null {
  return ROLES.find((role) => role === text) ?? null;
}
