import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { camelCase, findService } from "../definitions/language/deployment.js";
import { AsofError } from "../errors/errors.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { Canary } from "../registry/canaries.js";
import { isJudged } from "../registry/model.js";
import { ModelStore } from "../registry/model-store.js";
import type { CanaryArm, CanaryEvidence } from "../values/canary.js";
import { type LiveMetrics, liveMetrics } from "./live-metrics.js";

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

export async function canaryReport(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  canary: Canary,
): Promise<CanaryReport> {
  const { id, model, startedAt, version, champion } = canary;
  const { rows } = await pool.query<Row>(ARMS, [id, model, startedAt]);
  const of = (arm: Row["arm"]) => rows.find((row) => row.arm === arm);
  const live = (arm: CanaryArm, number: number) => liveOf(pool, deployment, snapshots, canary, arm, number);
  const report = async (arm: CanaryArm, number: number): Promise<CanaryArmReport> => {
    const { predictions = 0, keys = 0, meanAnswer = null } = of(arm) ?? {};
    return { arm, version: number, predictions, keys, meanAnswer, live: await live(arm, number) };
  };
  const sum = (field: "compared" | "same" | "shift") => rows.reduce((all, row) => all + (row[field] ?? 0), 0);
  const compared = sum("compared");
  const isDecided = rows.some(({ same }) => same !== null);
  return {
    champion: await report("CHAMPION", champion),
    challenger: await report("CHALLENGER", version),
    fallbacks: of("FALLBACK")?.predictions ?? 0,
    compared,
    agreement: compared > 0 && isDecided ? sum("same") / compared : null,
    meanShift: compared > 0 ? sum("shift") / compared : null,
  };
}

/** By the newest labels, of what was answered up to their date: labels of a date before say nothing of an answer. */
async function liveOf(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  { id, model, startedAt }: Canary,
  arm: CanaryArm,
  version: number,
): Promise<LiveMetrics | null> {
  const found = await new ModelStore(pool).findVersion(model, version);
  if (!found || !isJudged(found)) return null;
  const service = findService(deployment, model);
  const labelled = service && (await snapshots.newestLabelled(service))?.asOf;
  if (!labelled || labelled < startedAt.toISOString().slice(0, 10)) return null;
  const window = { since: startedAt, until: new Date(Date.parse(labelled) + DAY_MS), canary: { id, arm } };
  try {
    return await liveMetrics(pool, deployment, snapshots, found, labelled, window);
  } catch (error) {
    if (error instanceof AsofError) return null;
    throw error;
  }
}

/** What its rule looks at. */
export function evidenceOfCanary({ stopRule: { metric } }: Canary, report: CanaryReport): CanaryEvidence {
  const { champion, challenger, fallbacks, compared, agreement } = report;
  const of = ({ live }: CanaryArmReport) => ({
    labelled: live?.labelled ?? 0,
    value: metric && live ? (new Map(Object.entries(live)).get(camelCase(metric)) ?? null) : null,
  });
  return {
    ...{ challenged: challenger.predictions, fallbacks, compared, agreement },
    ...{ champion: of(champion), challenger: of(challenger) },
  };
}
