import { z } from "zod";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import { calendarDate, instant, model, named, ranged } from "../../inputs/fields.js";
import { DRIFT_LIMITS } from "../../monitoring/drift-report.js";
import type { Pinning } from "../run-kind.js";
import type { DriftParams } from "./drift-params.js";

/** `DriftInput`. */
export const driftRequest = (deployment: Deployment) =>
  z
    .strictObject({
      from: calendarDate().describe("The snapshot that is compared with, often the one trained on."),
      to: calendarDate().nullish(),
      served: served.nullish(),
      model: model(deployment),
      alpha: ranged(z.number(), { min: 0, max: 1 })
        .nullish()
        .describe("Chance that any feature alarms though nothing changed; the driftPolicy's, or 0.05."),
      minPsi: ranged(z.number(), { min: 0, max: 100 })
        .nullish()
        .describe("A difference below this PSI is no drift, however sure it is; the driftPolicy's, or 0.1."),
    })
    .describe("Either `to` or `served` is compared with `from`.");
type DriftRequest = z.infer<ReturnType<typeof driftRequest>>;

const served = named(
  z
    .strictObject({
      version: z.int().nullish().describe("Every version unless one is named."),
      since: instant().nullish().describe("From the first that is kept unless given."),
      until: instant().nullish().describe("Until now unless given."),
    })
    .describe("What a model was given when it answered, from the prediction log."),
  { type: "ServedInput" },
);

/**
 * What is compared, pinned: later revisions and predictions change nothing.
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {BadUserInputError} not exactly one of `to` and `served`
 * @throws {SnapshotNotFoundError} no snapshot of one of the dates
 * @throws {SnapshotDroppedError} retention dropped its rows
 */
export async function pinDrift(
  request: DriftRequest,
  { snapshots, definitions }: Pinning,
): Promise<DriftParams> {
  const { from, to, served, model } = request;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  if (!to === !served) {
    throw new BadUserInputError(
      "exactly one of `to`, a date, and `served`, an object, is compared with `from`",
    );
  }
  const limits = {
    alpha: request.alpha ?? service.driftPolicy?.alpha ?? DRIFT_LIMITS.alpha,
    minPsi: request.minPsi ?? service.driftPolicy?.minPsi ?? DRIFT_LIMITS.minPsi,
  };
  const before = await pin(snapshots, from);
  // Labels may come later than features: it is retrained on the newest date that has them.
  const labelled = (await snapshots.labelledDates(service)).map(({ asOf }) => asOf);
  const newestUpTo = (date: string) => labelled.findLast((asOf) => asOf <= date) ?? null;
  if (to) return { model, before, after: await pin(snapshots, to), limits, retrainAsOf: newestUpTo(to) };
  const until = served!.until ?? new Date();
  const after = {
    kind: "served" as const,
    model,
    version: served!.version ?? null,
    since: served!.since?.toISOString() ?? null,
    until: until.toISOString(),
  };
  return { model, before, after, limits, retrainAsOf: labelled.at(-1) ?? null };
}

async function pin(snapshots: SnapshotStore, asOf: string): Promise<DriftParams["before"]> {
  const snapshot = await snapshots.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  requireUsable(snapshot);
  return { kind: "snapshot", id: snapshot.id, asOf: snapshot.asOf };
}
