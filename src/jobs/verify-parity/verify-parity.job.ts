import { z } from "zod";
import { withTransaction } from "../../db/pool.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import { LISTED, verifyParity } from "../../features/parity.js";
import { named } from "../../inputs/fields.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { outcome } from "../outcome.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";

const SAMPLE = 20;

const viewParity = named(
  z
    .object({
      store: z.string().describe("The online store's name."),
      view: z.string().describe("The view's name."),
      differences: z.int().describe("Rows that differ."),
      missing: z.int().describe("Rows that are not served though a snapshot has them."),
      extra: z.int().describe("Rows that are served though no snapshot has them."),
    })
    .describe("What a comparison found of one view."),
  { type: "ParityOfView" },
);

/** Compares what is served online with what the snapshots say, for all users. Differences are a result, not a failure. */
export const verifyParityKind = runKind({
  name: "VERIFY_PARITY",
  description: "Compares online values with those of the snapshots.",
  /** With what writes the online tables: a comparison in the middle of that would report what is only on its way. */
  queue: "asof_data",
  schedulable: true,
  fillsOnlineStore: false,
  mutation: {
    name: "verifyParity",
    description:
      "Compares what is served online with what the snapshots say, for all users. Its result: identical, users, differences, counts per view and feature, a sample; all in the artifact parity.json.",
    role: "operator",
    input: null,
    beside: [],
  },
  request: () => z.strictObject({}),
  params: z.object({}),
  pin: async () => ({}),
  outcome: outcome({
    type: "ParityOutcome",
    description: "Whether what is served is what the snapshots say.",
    stored: { identical: z.boolean(), differences: z.int(), views: z.array(viewParity) },
    fields: {
      identical: z.boolean().describe("Whether nothing differs."),
      entities: z.int().describe("How many were compared."),
      differing: z.int().describe("How many rows differ."),
      byView: z.array(viewParity).describe("Of each store and view."),
    },
    read: ({ identical, differences, views }, { result }, { entity }) => ({
      identical,
      entities: z.int().safeParse(result[entityNames(entity).many]).data,
      differing: differences,
      byView: views,
    }),
  }),
  execute: (run, on) => run.step("compare", (step) => compare(run, on, step)),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

async function compare(
  run: RunContext,
  { pool, definitions, online }: Resources,
  step: StepContext,
): Promise<Result> {
  const { views, entity } = definitions;
  const { field, many, manyWords } = entityNames(entity);
  let done = 0;
  const {
    listed: found,
    users,
    ...rest
  } = await withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read, read only");
    return verifyParity(tx, definitions, online.copy, (view) => {
      step.signal.throwIfAborted();
      step.progress(++done / views.length, view);
    });
  });
  const report = { ...rest, [many]: users };
  const listed = found.map(({ store, view, userId, ...of }) => ({ store, view, [field]: userId, ...of }));
  const artifact = { ...report, listed, truncated: rest.differences > LISTED };
  await run.write(async (tx) => {
    const bytes = Buffer.from(`${JSON.stringify(artifact, null, 1)}\n`);
    await new ArtifactStore(tx).save(run.runId, {
      name: "parity.json",
      mediaType: "application/json",
      bytes,
    });
  });
  await step.log(`${rest.differences} differences over ${users} ${manyWords}`);
  return { ...report, sample: listed.slice(0, SAMPLE) };
}
