import type { DemoClient, DemoRunEvent } from "./client.js";
import type { Printer, Progress } from "./printer.js";

const USER = "8627-ZYGSZ";
const MONTHS = [
  { source: "month_000", asOf: "2024-01-31" },
  { source: "month_001", asOf: "2024-02-29" },
];
const LATEST = "2024-02-29";

/** The whole life of a churn model, through the public API alone. Safe to run again: what exists is kept. */
export async function runStory(client: DemoClient, printer: Printer): Promise<void> {
  for (const month of MONTHS) {
    await printer.stage(`ingest ${month.source} as of ${month.asOf}`, (progress) =>
      ingest(client, month, progress),
    );
  }
  const production = await findProduction(client);
  if (production) {
    printer.line(
      `    version ${production.version} trained from this very snapshot is already in Production`,
    );
  } else {
    let version = 0;
    await printer.stage(`train churn as of ${LATEST}`, async (progress) => {
      const trained = await train(client, progress);
      version = trained.version;
      return trained.figures;
    });
    await printer.stage(`promote version ${version} to Production`, () => promote(client, version));
  }
  await printer.stage(`predict user ${USER}`, () => predict(client));
}

async function ingest(
  client: DemoClient,
  { source, asOf }: { source: string; asOf: string },
  progress: Progress,
): Promise<string[]> {
  const { ingest } = await client.query<{ ingest: { id: string } }>(
    "mutation ($source: String!, $asOf: Date!) { ingest(input: { source: $source, asOf: $asOf }) { id } }",
    { source, asOf },
  );
  const { run } = await finish(client, ingest.id, progress);
  const tables = Object.values(run.result.rows);
  const sum = (of: "rows" | "inserted" | "updated" | "unchanged") =>
    tables.reduce((total, t) => total + t[of], 0);
  return [
    run.result.unchanged
      ? `already there: the same ${tables.length} files, nothing changed`
      : `${tables.length} files, ${sum("rows")} rows: ${sum("inserted")} inserted, ${sum("updated")} updated, ${sum("unchanged")} unchanged`,
    `snapshot ${run.snapshot!.asOf} revision ${run.snapshot!.revision}, sha256 ${run.snapshot!.contentSha256.slice(0, 16)}…`,
  ];
}

async function train(
  client: DemoClient,
  progress: Progress,
): Promise<{ version: number; figures: string[] }> {
  const { train } = await client.query<{ train: { id: string } }>(
    "mutation ($asOf: Date!) { train(input: { asOf: $asOf }) { id } }",
    { asOf: LATEST },
  );
  const { run } = await finish(client, train.id, progress);
  const metric = (name: string) => run.metrics.find((m) => m.name === name)?.value.toFixed(4) ?? "unknown";
  const { version, sha256, threshold } = run.modelVersion!;
  return {
    version,
    figures: [
      `version ${version}: auc ${metric("auc")}, f1 ${metric("f1")}, log_loss ${metric("log_loss")} on the held-out quarter`,
      `threshold ${threshold.toFixed(4)}, model sha256 ${sha256.slice(0, 16)}…`,
    ],
  };
}

async function promote(client: DemoClient, version: number): Promise<string[]> {
  const { promote } = await client.query<{
    promote: { transitions: { gates: { name: string; message: string }[] }[] };
  }>(
    `mutation ($version: Int!) { promote(input: { version: $version, reason: "demo" }) {
       transitions { gates { name message } } } }`,
    { version },
  );
  return promote.transitions[0]!.gates.map(({ name, message }) => `gate ${name}: ${message}`);
}

async function predict(client: DemoClient): Promise<string[]> {
  const { predict } = await client.query<{
    predict: {
      prediction: number;
      probability: number;
      threshold: number;
      modelVersion: { version: number };
      features: { json: Record<string, unknown> };
    };
  }>(
    `query ($user: ID!) { predict(userId: $user) {
       prediction probability threshold modelVersion { version } features { json } } }`,
    { user: USER },
  );
  const { prediction, probability, threshold, modelVersion, features } = predict;
  return [
    `version ${modelVersion.version} says ${prediction === 1 ? "will churn" : "will stay"}: ` +
      `probability ${probability.toFixed(4)}, threshold ${threshold.toFixed(4)}`,
    `from ${JSON.stringify(features.json)}`,
  ];
}

/** What is in Production, if it was trained from the newest revision of the latest month. */
async function findProduction(client: DemoClient): Promise<{ version: number } | null> {
  const { model, snapshot } = await client.query<{
    model: { production: { version: number; snapshot: { id: string } } | null } | null;
    snapshot: { id: string } | null;
  }>(
    `query ($asOf: Date!) { model(name: "churn") { production { version snapshot { id } } } snapshot(asOf: $asOf) { id } }`,
    { asOf: LATEST },
  );
  const production = model?.production;
  return production && production.snapshot.id === snapshot?.id ? production : null;
}

interface FinishedRun {
  error: { message: string } | null;
  result: {
    unchanged: boolean;
    rows: Record<string, { rows: number; inserted: number; updated: number; unchanged: number }>;
  };
  snapshot: { asOf: string; revision: number; contentSha256: string } | null;
  modelVersion: { version: number; sha256: string; threshold: number } | null;
  metrics: { name: string; value: number }[];
}

async function finish(client: DemoClient, id: string, progress: Progress): Promise<{ run: FinishedRun }> {
  const status = await client.follow(id, (event) => progress(describe(event), isPassing(event)));
  const answer = await client.query<{ run: FinishedRun }>(
    `query ($id: ID!) { run(id: $id) { error { message } result snapshot { asOf revision contentSha256 }
       modelVersion { version sha256 threshold } metrics { name value } } }`,
    { id },
  );
  if (status !== "SUCCEEDED") throw new Error(answer.run.error?.message ?? `the run is ${status}`);
  return answer;
}

function describe({ step, progress, message, type }: DemoRunEvent): string {
  const share =
    type === "PROGRESS" && progress !== null ? `${String(Math.round(progress * 100)).padStart(3)} %  ` : "";
  return `${share}${step && !message.startsWith(step) ? `${step}: ` : ""}${message}`;
}

function isPassing({ type, message }: DemoRunEvent): boolean {
  return type === "STATUS" || type === "LOG" || (type === "STEP" && !message.includes("finished"));
}
