import { type Pool, withTransaction } from "../../db/pool.js";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { driftPage } from "../../monitoring/drift-page.js";
import { type DriftLimits, type DriftReport, judgeDrift } from "../../monitoring/drift-report.js";
import { compareSides, type Side } from "../../monitoring/drift-values.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";

export interface DriftParams {
  model: string;
  before: Extract<Side, { kind: "snapshot" }>;
  after: Side;
  limits: DriftLimits;
  /** What is trained on when the policy asks for it: the date of the later side. */
  retrainAsOf: string | null;
}

/** What the policy starts; safe to ask for twice under one run id. */
export type StartTraining = (
  runId: string,
  request: { asOf: string; model: string; delta: number },
  actor: string,
) => Promise<{ id: string }>;

/** Compares what a model is given on two sides. Drift is a result, not a failure; the policy says what follows from it. */
export class DriftJob implements Job {
  readonly kind = "DRIFT";
  /** Beside ingests, which only add snapshots. */
  readonly queue = "asof_training";

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly startTraining: StartTraining,
  ) {}

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const params = context.params as unknown as DriftParams;
    const compared = await context.step("compare", (step) => this.#compare(context, params, step));
    const retraining = await context.step("decide", (step) => this.#decide(context, params, compared, step));
    return { ...compared, retraining };
  }

  async #compare({ runId, attempt }: JobContext, params: DriftParams, step: StepContext) {
    const service = findService(this.definitions, params.model)!;
    const names = service.views.reduce((sum, view) => sum + view.features.length, 0);
    let done = 0;
    const comparison = await withTransaction(this.pool, async (tx) => {
      await tx.query("set transaction isolation level repeatable read");
      return compareSides(tx, service, params.before, params.after, (name) => {
        step.signal.throwIfAborted();
        step.progress(done++ / names, name);
      });
    });
    const { features, label, notCompared } = comparison;
    const report = judgeDrift(features, label, params.limits, notCompared);
    await withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      await save(new ArtifactStore(tx), runId, params, report);
      await new RunTracker(tx).saveMetrics(runId, metricsOf(report));
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

  async #decide(
    { runId }: JobContext,
    { model, retrainAsOf }: DriftParams,
    { share }: { share: number },
    step: StepContext,
  ): Promise<{ runId: string } | null> {
    const policy = findService(this.definitions, model)!.driftPolicy;
    if (!policy || share <= policy.maxShare || retrainAsOf === null) return null;
    const delta = policy.delta ?? 0.01;
    const id = derivedRunId(runId, "retraining");
    const started = await this.startTraining(id, { asOf: retrainAsOf, model, delta }, `drift:${runId}`);
    await step.log(
      `${share} of the features drifted, more than ${policy.maxShare}: run ${started.id} trains again`,
      {
        runId: started.id,
      },
    );
    return { runId: started.id };
  }
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
