import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { findService } from "../definitions/language/deployment.js";
import { AsofError } from "../errors/errors.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { Canary } from "../registry/canaries.js";
import { isJudged, type ModelVersion } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import type { ArmEvidence, CanaryArm, CanaryEvidence } from "../values/canary.js";
import { type LiveMetrics, liveEstimate, liveMetrics, type Window } from "./live-metrics.js";

/** What one of the two versions answered. */
export interface CanaryArmReport {
  arm: CanaryArm;
  version: number;
  predictions: number;
  keys: number;
  /** Of its probabilities, of several classes the likeliest's, or of its values. */
  meanAnswer: number | null;
  /** By labels of the canary's days or later; null where no snapshot has any yet. */
  live: LiveMetrics | null;
}

/** The two versions of a canary beside each other, as far as the prediction log goes. */
export interface CanaryReport {
  champion: CanaryArmReport;
  challenger: CanaryArmReport;
  /** Requests of the challenger's share that the champion answered, because the challenger could not. */
  fallbacks: number;
  /** Requests that both versions scored: the one that answered, and the other after it. */
  compared: number;
  /** Share of them on which both decide the same; null of regression. */
  agreement: number | null;
  /** Mean of |challenger − champion| over them. */
  meanShift: number | null;
}

const DAY_MS = 86_400_000;

interface Row {
  arm: CanaryArm | "FALLBACK";
  predictions: number;
  keys: number;
  meanAnswer: number | null;
  compared: number;
  same: number | null;
  shift: number | null;
}

/** Of each arm. $1 the canary, $2 the model, $3 since when. */
const ARMS = `
  select arm, count(*)::int as predictions, count(distinct key)::int as keys, avg(probability) as "meanAnswer",
    count(shadow_version)::int as compared,
    sum(coalesce(prediction = shadow_prediction, class = shadow_class)::int)::float8 as same,
    sum(abs(shadow_probability - probability)) as shift
  from prediction_log where canary = $1 and model = $2 and at >= $3 group by arm`;

/** What is compared of both arms' requests. */
interface Counted extends Pick<CanaryReport, "fallbacks" | "compared" | "agreement" | "meanShift"> {
  of(arm: CanaryArm): Pick<CanaryArmReport, "predictions" | "keys" | "meanAnswer">;
}

async function counted(pool: Pool, { id, model, startedAt }: Canary): Promise<Counted> {
  const { rows } = await pool.query<Row>(ARMS, [id, model, startedAt]);
  const find = (arm: Row["arm"]) => rows.find((row) => row.arm === arm);
  const sum = (field: "compared" | "same" | "shift") => rows.reduce((all, row) => all + (row[field] ?? 0), 0);
  const compared = sum("compared");
  const isDecided = rows.some(({ same }) => same !== null);
  return {
    of: (arm) => {
      const { predictions = 0, keys = 0, meanAnswer = null } = find(arm) ?? {};
      return { predictions, keys, meanAnswer };
    },
    fallbacks: find("FALLBACK")?.predictions ?? 0,
    compared,
    agreement: compared > 0 && isDecided ? sum("same") / compared : null,
    meanShift: compared > 0 ? sum("shift") / compared : null,
  };
}

export async function canaryReport(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  canary: Canary,
): Promise<CanaryReport> {
  const { of, ...comparison } = await counted(pool, canary);
  const report = async (arm: CanaryArm): Promise<CanaryArmReport> => {
    const live = await byLabels(pool, deployment, snapshots, canary, arm, (...labels) =>
      liveMetrics(pool, deployment, snapshots, ...labels),
    );
    return { arm, version: versionOf(canary, arm), ...of(arm), live };
  };
  return { champion: await report("CHAMPION"), challenger: await report("CHALLENGER"), ...comparison };
}

/** What its rule looks at, and no more: labels only where it has a metric. */
export async function canaryEvidence(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  canary: Canary,
): Promise<CanaryEvidence> {
  const { of, fallbacks, compared, agreement } = await counted(pool, canary);
  const { metric } = canary.stopRule;
  const evidence = async (arm: CanaryArm): Promise<ArmEvidence> => {
    const estimate =
      metric &&
      (await byLabels(pool, deployment, snapshots, canary, arm, (...labels) =>
        liveEstimate(pool, deployment, snapshots, ...labels, metric),
      ));
    return estimate || { labelled: 0, value: null, error: () => null };
  };
  return {
    ...{ challenged: of("CHALLENGER").predictions, fallbacks, compared, agreement },
    ...{ champion: await evidence("CHAMPION"), challenger: await evidence("CHALLENGER") },
  };
}

const versionOf = ({ version, champion }: Canary, arm: CanaryArm): number =>
  arm === "CHAMPION" ? champion : version;

/**
 * By the newest labels, of what the arm answered up to their date: labels of a date before say nothing of an answer. Null where
 * there are none yet.
 */
async function byLabels<T>(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  canary: Canary,
  arm: CanaryArm,
  judge: (version: ModelVersion, labelAsOf: string, window: Window) => Promise<T>,
): Promise<T | null> {
  const { id, model, startedAt } = canary;
  const found = await new ModelStore(pool).findVersion(model, versionOf(canary, arm));
  const service = findService(deployment, model);
  if (!found || !isJudged(found) || !service) return null;
  const labelled = (await snapshots.newestLabelled(service))?.asOf;
  if (!labelled || labelled < startedAt.toISOString().slice(0, 10)) return null;
  const until = new Date(Date.parse(labelled) + DAY_MS);
  try {
    return await judge(found, labelled, { since: startedAt, until, canary: { id, arm } });
  } catch (error) {
    if (error instanceof AsofError) return null;
    throw error;
  }
}
