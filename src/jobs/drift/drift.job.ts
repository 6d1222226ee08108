import { z } from "zod";
import { withTransaction } from "../../db/pool.js";
import { findService } from "../../definitions/language/deployment.js";
import { personalColumns } from "../../definitions/language/personal.js";
import { serviceFeatures } from "../../definitions/language/service-features.js";
import { erasedSoFar, requireNoneErasedSince } from "../../features/erasure/kept-out.js";
import { driftPage } from "../../monitoring/drift-page.js";
import { type DriftReport, judgeDrift, maskDrift } from "../../monitoring/drift-report.js";
import type { Side } from "../../monitoring/drift-sides.js";
import { compareSides } from "../../monitoring/drift-values.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { DELTA } from "../../values/ranges.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import { outcome, runReference } from "../outcome.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { type DriftParams, driftParams } from "./drift-params.js";
import { driftRequest, pinDrift } from "./drift-request.js";

/** Compares what a model is given on two sides. Drift is a result, not a failure; the policy says what follows from it. */
export const driftKind = runKind({
  name: "DRIFT",
  description: "Compares the features of two dates.",
  /** Beside ingests, which only add snapshots. */
  queue: "asof_training",
  schedulable: true,
  fillsOnlineStore: false,
  holds: "reports",
  mutation: {
    name: "detectDrift",
    description:
      "Compares what a model is given between two snapshots, or between a snapshot and what was served: per feature\n" +
      "PSI, a test calibrated to the sample size, and the share of missing values. Artifacts: drift.json,\n" +
      "drift_report.html. Past the deployment's driftPolicy it starts trainAndCompare, or trainExternally.",
    role: "operator",
    input: "DriftInput",
    beside: [],
  },
  request: driftRequest,
  params: driftParams,
  pin: pinDrift,
  execute,
  outcome: outcome({
    type: "DriftOutcome",
    description: "Which features drifted.",
    stored: {
      share: z.number(),
      driftedFeatures: z.array(z.string()),
      notCompared: z.array(z.string()),
      labelDrifted: z.boolean().nullable(),
      rows: z.object({ before: z.number(), after: z.number() }),
      retraining: z.object({ runId: z.string() }).nullable(),
    },
    fields: {
      share: z.number().describe("The share of the features that drifted, 0 to 1."),
      driftedFeatures: z.array(z.string()).describe("Those that did."),
      notCompared: z.array(z.string()).describe("Features that one of the sides lacks."),
      labelDrifted: z.boolean().describe("Whether the label did; null where it was not compared."),
      rowsBefore: z.int().describe("How many rows the earlier side has."),
      rowsAfter: z.int().describe("How many the later side has."),
      retraining: runReference().describe(
        "The training that the deployment's policy started; null where it started none.",
      ),
    },
    read: ({ rows, retraining, ...same }) => ({
      ...same,
      rowsBefore: rows?.before,
      rowsAfter: rows?.after,
      retraining: retraining?.runId,
    }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

async function execute(run: RunContext<DriftParams>, on: Resources): Promise<Result> {
  const compared = await run.step("compare", (step) => compare(run, on, step));
  const retraining = await run.step("decide", (step) => decide(run, on, compared, step));
  return { ...compared, retraining };
}

async function compare(run: RunContext<DriftParams>, { pool, definitions }: Resources, step: StepContext) {
  const { runId, params } = run;
  const service = findService(definitions, params.model)!;
  const names = serviceFeatures(service).length;
  let done = 0;
  const erased = await erasedSoFar(pool);
  const comparison = await withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read");
    return compareSides(tx, { deployment: definitions, service }, params.before, params.after, (name) => {
      step.signal.throwIfAborted();
      step.progress(done++ / names, name);
    });
  });
  const { features, label, notCompared } = comparison;
  const report = judgeDrift(features, label, params.limits, notCompared);
  await run.write(async (tx, tracker) => {
    await requireNoneErasedSince(tx, erased);
    await save(new ArtifactStore(tx), runId, params, maskDrift(report, personalColumns(definitions)));
    await tracker.saveMetrics(runId, metricsOf(report));
  });
  const { share, driftedFeatures } = report;
  await step.log(`${driftedFeatures.length} of ${report.features.length} features drifted`, {
    driftedFeatures,
    notCompared,
  });
  return {
    share,
    notCompared,
    driftedFeatures,
    labelDrifted: report.label?.drifted ?? null,
    rows: report.features[0]?.rows ?? { before: 0, after: 0 },
  };
}

async function decide(
  { runId, params: { model, retrainAsOf } }: RunContext<DriftParams>,
  { definitions, start }: Resources,
  { share }: { share: number },
  step: StepContext,
): Promise<{ runId: string } | null> {
  const policy = findService(definitions, model)!.driftPolicy;
  if (!policy || share <= policy.maxShare || retrainAsOf === null) return null;
  const delta = policy.delta ?? DELTA.default;
  const id = derivedRunId(runId, "retraining");
  const request = { asOf: retrainAsOf, model, delta };
  const as = { runId: id, actor: `drift:${runId}` };
  const command = policy.trainWith;
  const started = command
    ? await start("TRAIN_EXTERNALLY", { ...request, command }, as)
    : await start("TRAIN_AND_COMPARE", request, as);
  await step.log(
    `${share} of the features drifted, more than ${policy.maxShare}: run ${started.id} trains again`,
    {
      runId: started.id,
    },
  );
  return { runId: started.id };
}

const nameOf = (side: Side): string =>
  side.kind === "snapshot" ? `snapshot ${side.asOf}` : `served since ${side.since ?? "the first kept"}`;

async function save(
  store: ArtifactStore,
  runId: string,
  params: DriftParams,
  report: DriftReport,
): Promise<void> {
  const sides = { model: params.model, before: nameOf(params.before), after: nameOf(params.after) };
  const snapshots = [params.before, params.after].flatMap((side) =>
    side.kind === "snapshot" ? [side.asOf] : [],
  );
  const json = Buffer.from(`${JSON.stringify({ ...sides, ...report }, null, 1)}\n`);
  const page = Buffer.from(driftPage(report, { ...sides, snapshots, runId }));
  await store.save(runId, { name: "drift.json", mediaType: "application/json", bytes: json });
  await store.save(runId, { name: "drift_report.html", mediaType: "text/html; charset=utf-8", bytes: page });
}

function metricsOf({ share, features, label }: DriftReport): { name: string; value: number }[] {
  const psi = [...features, ...(label ? [label] : [])].flatMap(({ name, psi }) =>
    psi === null ? [] : [{ name: `psi_${name}`, value: psi }],
  );
  return [{ name: "drift_share", value: share }, ...psi];
}
