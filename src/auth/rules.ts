import { ForbiddenError } from "../errors/auth-errors.js";
import { type Identity, type Role, roleCovers } from "./identity.js";

/**
 * The least role each root field asks for, but for the mutations that start runs: those stand in the records of their kinds.
 * A field without a rule, or a rule without a field, keeps the server from starting.
 */
export const fieldRoles: Readonly<Record<string, Role>> = {
  "Query.compareRuns": "viewer",
  "Query.deployment": "viewer",
  "Query.featureService": "viewer",
  "Query.featureServices": "viewer",
  "Query.featureStoreStatus": "viewer",
  "Query.featureView": "viewer",
  "Query.featureViews": "viewer",
  "Query.features": "viewer",
  "Query.health": "viewer",
  "Query.historicalFeatures": "viewer",
  "Query.model": "viewer",
  "Query.modelVersion": "viewer",
  "Query.models": "viewer",
  "Query.node": "viewer",
  "Query.nodes": "viewer",
  "Query.predict": "viewer",
  "Query.predictMany": "viewer",
  "Query.run": "viewer",
  "Query.runs": "viewer",
  "Query.schedule": "viewer",
  "Query.schedules": "viewer",
  "Query.snapshot": "viewer",
  "Query.snapshotDiff": "viewer",
  "Query.snapshots": "viewer",
  "Query.user": "viewer",
  "Query.users": "viewer",
  "Query.viewer": "viewer",
  "Subscription.modelTransitions": "viewer",
  "Subscription.runEvents": "viewer",
  "Mutation.cancelRun": "operator",
  "Mutation.createRun": "operator",
  "Mutation.describeModel": "operator",
  "Mutation.finishRun": "operator",
  "Mutation.logArtifact": "operator",
  "Mutation.logMetrics": "operator",
  "Mutation.logParams": "operator",
  "Mutation.pauseSchedule": "operator",
  // A rollback at night must not wait for an administrator, and promotion passes gates and leaves a record.
  "Mutation.promote": "operator",
  "Mutation.push": "operator",
  "Mutation.registerModel": "operator",
  "Mutation.removeModelAlias": "operator",
  "Mutation.resumeSchedule": "operator",
  "Mutation.retryRun": "operator",
  "Mutation.rollback": "operator",
  "Mutation.runSchedule": "operator",
  "Mutation.setModelAlias": "operator",
  "Mutation.setSchedule": "operator",
  "Mutation.updateRun": "operator",
  // Who makes tokens may give themselves any role.
  "Query.tokens": "admin",
  "Mutation.createToken": "admin",
  "Mutation.revokeToken": "admin",
  // What these take away does not come back.
  "Mutation.applyRetention": "admin",
  "Mutation.deleteModelVersion": "admin",
  "Mutation.deleteRun": "admin",
  "Mutation.deleteSchedule": "admin",
};

export interface ArgumentRule {
  /** From the field's arguments to the value. */
  path: readonly string[];
  value: unknown;
  role: Role;
}

/** What an argument asks for beyond its field's rule. */
export const argumentRoles: Readonly<Record<string, readonly ArgumentRule[]>> = {
  // Gates are what lets an operator promote alone: to pass over them is another's decision.
  "Mutation.promote": [{ path: ["input", "force"], value: true, role: "admin" }],
};

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
