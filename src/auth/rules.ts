import { ForbiddenError } from "../errors/auth-errors.js";
import { type GivenRole, type Grants, type Identity, type Role, roleBeside, roleCovers } from "./identity.js";

/** What an argument asks for beyond its field. */
export interface ArgumentRule {
  /** From the field's arguments to the value. */
  path: readonly string[];
  value: unknown;
  role: Role;
}

type Asking = Pick<Identity, "actor"> & { role: GivenRole };

/** @throws {ForbiddenError} an argument has a value that is above the identity's role */
export function requireArgumentRoles(
  identity: Asking,
  rules: readonly ArgumentRule[],
  args: unknown,
  field: string,
): void {
  for (const { path, value, role } of rules) {
    const given = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], args);
    if (given === value)
      requireRole(identity, role, `${field} with ${path.join(".")}: ${JSON.stringify(value)}`);
  }
}

/** What a route asks for. `public`: nothing. `field`: each root field by its own rule, once the caller is known. */
export type RouteRule = Role | "public" | "field";

/** @throws {ForbiddenError} the identity's role is below the one that is needed */
export function requireRole(identity: Asking, needed: Role, what: string): void {
  if (!roleCovers(identity.role, needed)) throw new ForbiddenError(what, needed, identity);
}

/** The role of what is done to all of these models: the lowest of those for each. To none: their own. */
export function roleFor(grants: Grants, models: readonly unknown[]): GivenRole {
  const [first = grants.role, ...others] = models.map((model) => roleBeside(grants, model));
  return others.reduce((lowest, each) => (roleCovers(lowest, each) ? each : lowest), first);
}

/** Whether there is a model for which they have the role: which one is asked about is to be known first. */
export const hasRoleSomewhere = ({ modelRoles }: Pick<Grants, "modelRoles">, needed: Role): boolean =>
  Object.values(modelRoles).some((role) => roleCovers(role, needed));
