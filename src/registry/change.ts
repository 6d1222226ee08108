import { BadUserInputError, ConflictError, GateFailedError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import type { GateResult, Stage, VersionEntry } from "./model.js";
import { requireServable, type Servability } from "./servability.js";

/** A requested change of one version, by any API. */
export type Change = StageChange | { kind: "setAlias" } | { kind: "removeAlias" } | { kind: "delete" };

export interface StageChange {
  kind: "stage";
  to: Stage;
  /** A rollback goes back to what was judged when it came; everything else is judged. */
  by: "promotion" | "rollback";
  /** What the assessment for Production found. */
  gates: GateResult[];
  /** Those that failed and that force does not pass over. */
  unforcible: readonly string[];
  force: boolean;
  reason: string | null;
}

/** The state of the version when the change is decided. */
export interface Standing {
  version: VersionEntry;
  servability: Servability;
  /** A snapshot it was trained from whose rows retention dropped. */
  dropped?: { asOf: string; revision: number } | null;
  /** What keeps it from being deleted. */
  kept?: string | null;
}

/** What goes into the history with the change. */
export interface Allowed {
  gates: GateResult[];
  /** A gate failed, and the change was forced. */
  forced: boolean;
}

/**
 * The one place that decides what may happen to a version. Promotion, rollback, aliases, trainAndCompare and deletion ask
 * it before they assess anything, and again under the model's lock, where its arguments can no longer change.
 *
 * @throws {BadUserInputError} the version is in that stage already, or force comes without a reason
 * @throws {ModelNotServableError} it would be given to clients and cannot answer them; not to be forced
 * @throws {SnapshotDroppedError} retention dropped what it was trained from: it can be neither judged nor made again
 * @throws {GateFailedError} a gate failed, and the change is not forced, or force does not pass over it
 * @throws {ConflictError} it is or was served, or something names it, and it was to be deleted
 */
export function decideChange(change: Change, standing: Standing): Allowed {
  const { version, servability, kept } = standing;
  switch (change.kind) {
    case "setAlias":
      requireServable(version, servability);
      return UNCONDITIONAL;
    case "removeAlias":
      return UNCONDITIONAL;
    case "delete":
      if (!kept) return UNCONDITIONAL;
      throw new ConflictError(
        `version ${version.version} of ${JSON.stringify(version.model)} cannot be deleted: ${kept}`,
        { model: version.model, version: version.version },
      );
    case "stage": {
      requireReason(change);
      requireMove(change, version);
      if (SERVES[change.to] && change.by === "promotion") requireCandidate(standing);
      else if (SERVES[change.to]) requireServable(version, servability);
      return judge(change, version);
    }
  }
}

/**
 * What a version must be to be judged at all.
 * @throws {ModelNotServableError} @throws {SnapshotDroppedError}
 */
export function requireCandidate({ version, servability, dropped }: Standing): void {
  requireServable(version, servability);
  if (dropped) throw new SnapshotDroppedError(dropped.asOf, dropped.revision);
}

const UNCONDITIONAL: Allowed = { gates: [], forced: false };

/** Stages whose version answers clients, or is next to: one version each. */
export const SERVES: Readonly<Record<Stage, boolean>> = {
  NONE: false,
  STAGING: true,
  PRODUCTION: true,
  ARCHIVED: false,
};

function requireReason({ force, reason }: StageChange): void {
  if (!force || reason) return;
  throw new BadUserInputError("force: a forced promotion needs a reason, it is on record");
}

function requireMove({ to }: StageChange, { model, version, stage }: VersionEntry): void {
  if (stage !== to) return;
  throw new BadUserInputError(`version ${version} of ${JSON.stringify(model)} is already in ${stage}`);
}

function judge({ to, gates: assessed, unforcible, force }: StageChange, version: VersionEntry): Allowed {
  const gates = version.stage === "PRODUCTION" ? [...assessed, leavesProductionEmpty(version, to)] : assessed;
  const failed = gates.some(({ passed }) => !passed);
  if (failed && (!force || unforcible.length > 0))
    throw new GateFailedError(version.model, version.version, gates);
  return { gates, forced: failed };
}

/** Fails always: it says what taking Production's version away does, and asks for force and a reason. */
function leavesProductionEmpty({ model, version }: VersionEntry, to: Stage): GateResult {
  const message =
    `version ${version} leaves Production of ${JSON.stringify(model)} for ${to} and nothing takes its place: ` +
    "predict answers NO_PRODUCTION_MODEL until a version is promoted or a rollback brings this one back";
  return { name: "production_not_empty", passed: false, message };
}
