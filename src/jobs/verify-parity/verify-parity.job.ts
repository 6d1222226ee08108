import { z } from "zod";
import { withTransaction } from "../../db/pool.js";
import { entityOf } from "../../definitions/language/entities.js";
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
  holds: "reports",
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
    read: ({ identical, differences, views }, { result }, { entities }) => ({
      identical,
      entities: counted(entities.map(({ entity }) => result[entityNames(entity).many])),
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
  const { views, entities } = definitions;
  let done = 0;
  const {
    listed: found,
    users,
    byEntity,
    ...rest
  } = await withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read, read only");
    return verifyParity(tx, definitions, online.copy, (view) => {
      step.signal.throwIfAborted();
      step.progress(++done / views.length, view);
    });
  });
  const compared = entities.filter(({ entity }) => byEntity[entity.name] !== undefined);
  const counts = compared.map(({ entity }) => [entityNames(entity).many, byEntity[entity.name]]);
  const report = { ...rest, ...Object.fromEntries(counts) };
  const named = (name: string, key: string) => {
    const view = views.find((each) => each.name === name)!;
    const { field, keyInJson } = entityNames(entityOf(definitions, view.source));
    return { [field]: keyInJson(key) };
  };
  const listed = found.map(({ store, view, key, ...of }) => ({ store, view, ...named(view, key), ...of }));
  const artifact = { ...report, listed, truncated: rest.differences > LISTED };
  await run.write(async (tx) => {
    const bytes = Buffer.from(`${JSON.stringify(artifact, null, 1)}\n`);
    await new ArtifactStore(tx).save(run.runId, {
      name: "parity.json",
      mediaType: "application/json",
      bytes,
    });
  });
  await step.log(`${rest.differences} differences over ${users} ${subjectsOf(definitions)}`);
  return { ...report, sample: listed.slice(0, SAMPLE) };
}

/** In words: "customers", of several entities "customers and accounts". */
const subjectsOf = ({ entities }: Resources["definitions"]): string =>
  entities.map(({ entity }) => entityNames(entity).manyWords).join(" and ");

/** Of all entities; undefined where none is on record. */
function counted(counts: readonly unknown[]): number | undefined {
  const known = counts.flatMap((count) => z.int().safeParse(count).data ?? []);
  return known.length > 0 ? known.reduce((sum, count) => sum + count, 0) : undefined;
}
