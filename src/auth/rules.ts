import { ForbiddenError } from "../errors/auth-errors.js";
import { type Identity, type Role, roleCovers } from "./identity.js";

/** What an argument asks for beyond its field. */
export interface ArgumentRule {
  /** From the field's arguments to the value. */
  path: readonly string[];
  value: unknown;
  role: Role;
}

/** @throws {ForbiddenError} an argument has a value that is above the identity's role */
export function requireArgumentRoles(
  identity: Pick<Identity, "actor" | "role">,
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
export function requireRole(identity: Pick<Identity, "actor" | "role">, needed: Role, what: string): void {
  if (!roleCovers(identity.role, needed)) throw new ForbiddenError(what, needed, identity);
}
