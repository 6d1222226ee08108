import { to as copyTo } from "pg-copy-streams";
import { binaryRows } from "../db/binary-copy.js";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { type PinnedSnapshots, pinTrainingColumns, readTrainingBatches } from "../features/training-rows.js";
import { murmur3 } from "../training/murmur3.js";
import { ClassCodes } from "../training/tasks/classes.js";
import type { Task } from "../training/tasks/task.js";
import { oneOfEachSource } from "./comparison-ground.js";
import { type HeldOutSplit, heldOutAlone } from "./training-split.js";

/** A sample of the labelled rows of two snapshots, by their keys: rows that are erased meanwhile move no other. */
export interface ChosenRows {
  has(key: string): boolean;
  /** How many there are, and how many of them are held out. */
  size: number;
  heldOut: number;
  /** How many rows are held out at all, and how many there are. */
  allHeldOut: number;
  total: number;
  /** Which of the rows of these keys are in the sample, and on which side of the split. */
  among(keys: readonly string[]): { train: Uint32Array; test: Uint32Array };
}

interface Sample {
  split: HeldOutSplit;
  /** How many rows, of both sides together. */
  most: number;
}

/**
 * Rows for the judgement of a model where there are more than are to be run: who is held out follows from all rows, so that
 * a trainer that asked for them is judged fairly. A split is in the order of a hash of the keys: each k-th row of it is a
 * random draw that has as much of each class. PostgreSQL orders the rows, on its disk where they are many: what is held in
 * memory here are the keys of the sample.
 */
export async function chooseRows(
  pool: Pool,
  definitions: Deployment,
  service: FeatureService,
  ids: PinnedSnapshots,
  task: Task,
  sample: Sample,
): Promise<ChosenRows> {
  const columns = oneOfEachSource(await pinTrainingColumns(pool, service, ids));
  return withTransaction(pool, async (tx) => {
    await tx.query(
      `create temporary table labelled
         (key text collate "C" not null, stratum int not null, hash bigint not null, held bool) on commit drop`,
    );
    const { split } = sample;
    const isHeldOut = heldOutAlone(split);
    const counts: Counts = { rowsOf: new Map(), heldOut: isHeldOut && 0 };
    const codes = task.hasClasses ? new ClassCodes() : null;
    for await (const rows of readTrainingBatches(pool, definitions, service, ids, columns)) {
      const strata = rows.map(({ label }) => task.stratum(codes ? codes.codeOf(label) : Number(label)));
      for (const stratum of strata) counts.rowsOf.set(stratum, (counts.rowsOf.get(stratum) ?? 0) + 1);
      const keys = rows.map(({ key }) => key);
      const held = isHeldOut && keys.map(isHeldOut);
      for (const each of held ?? []) if (each) counts.heldOut!++;
      await tx.query(
        "insert into labelled select * from unnest($1::text[], $2::int[], $3::bigint[], $4::bool[])",
        [keys, strata, keys.map((key) => murmur3(key, split.seed)), held],
      );
    }
    return chooseOf(tx, counts, sample);
  });
}

interface Counts {
  /** By stratum. */
  rowsOf: Map<number, number>;
  /** Of those whose key says it alone; null: it takes the others to know it. */
  heldOut: number | null;
}

async function chooseOf(
  tx: Client,
  { rowsOf, heldOut: saidByKeys }: Counts,
  { split: { testFraction }, most }: Sample,
): Promise<ChosenRows> {
  const heldOutOf = [...rowsOf].map(([stratum, rows]) => [stratum, Math.round(testFraction * rows)] as const);
  const total = [...rowsOf.values()].reduce((sum, rows) => sum + rows, 0);
  const allHeldOut = saidByKeys ?? heldOutOf.reduce((sum, [, rows]) => sum + rows, 0);
  // Where all are held out there is nobody else to take.
  const share = allHeldOut === total ? 1 : testFraction;
  const heldOut = Math.min(allHeldOut, Math.max(1, Math.round(most * share)));
  const fitted = Math.min(total - allHeldOut, Math.max(1, most - heldOut));
  /** Whether each of the sample is held out. */
  const isHeldOut = new Map<string, boolean>();
  if (total === 0)
    return { has: () => false, size: 0, heldOut: 0, allHeldOut: 0, total: 0, among: noneAmong };
  const chosen = `copy (${chosenSql(heldOutOf, { heldOut, fitted })}) to stdout with (format binary)`;
  for await (const rows of binaryRows(tx.query(copyTo(chosen)), ["text", "bool"]))
    for (const [key, held] of rows) isHeldOut.set(key as string, held as boolean);
  const on = (side: boolean, keys: readonly string[]) =>
    Uint32Array.from(keys.flatMap((key, row) => (isHeldOut.get(key) === side ? [row] : [])));
  return {
    has: (key) => isHeldOut.has(key),
    ...{ size: heldOut + fitted, heldOut, allHeldOut, total },
    among: (keys) => ({ train: on(false, keys), test: on(true, keys) }),
  };
}

const noneAmong: ChosenRows["among"] = () => ({ train: new Uint32Array(), test: new Uint32Array() });

/**
 * SQL: the keys of the sample, and on which side each is. The split is what the keys say, else that of `Task.split`; of a side's n rows in its order
 * row floor(i * n / m) is the i-th of m. COPY takes no parameters, so the numbers are written into it.
 * @param heldOutOf of each stratum how many rows are held out
 */
const chosenSql = (
  heldOutOf: readonly (readonly [stratum: number, rows: number])[],
  { heldOut, fitted }: { heldOut: number; fitted: number },
): string => `
  with split as (
    select key, hash, coalesce(labelled.held, row_number() over (partition by stratum order by hash, key) <= held.rows) as held
    from labelled join (values ${heldOutOf.map((each) => `(${each.map(Number).join(", ")})`).join(", ")}) held (stratum, rows) using (stratum)
  ), placed as (
    select key, held, row_number() over (partition by held order by hash, key) - 1 as place,
      count(*) over (partition by held) as n, case when held then ${Number(heldOut)} else ${Number(fitted)} end::bigint as m
    from split
  ), nearest as (select *, (place * m + n - 1) / n as i from placed)
  select key, held from nearest where i < m and i * n / m = place`;
