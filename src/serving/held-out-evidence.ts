import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { type Deployment } from "../definitions/language/deployment.js";
import { entityOfService, entitySourceOf } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import type { Fairness, NotWorse } from "../definitions/language/gates.js";
import { personalColumns } from "../definitions/language/personal.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import { weightInWords } from "../features/pinned-columns.js";
import { type PinnedSnapshots, readTrainingRows, type TrainingColumns } from "../features/training-rows.js";
import type { Compared, Comparison, GroupRate, Serving } from "../registry/evidence.js";
import type { ModelVersion } from "../registry/model.js";
import type { RunStore } from "../registry/run-store.js";
import { servability } from "../registry/servability.js";
import type { SampleWeights } from "../training/sample-weights.js";
import { type RawLabel, widened } from "../training/tasks/classes.js";
import type { Labels } from "../training/tasks/labels.js";
import { readLabels, taskForService, taskOf } from "../training/tasks/registry.js";
import { answerAt, type ScoreFailure, type Scores } from "./answers.js";
import {
  featureNamesOf,
  type Ground,
  grounds,
  pinFeatures,
  type SplitKeys,
  splitKeys,
  splitOf,
  type TrainingSplit,
} from "./comparison-ground.js";
import { groupRates } from "./group-rates.js";
import type { ModelCache } from "./model-cache.js";
import { ScoredRows } from "./scored-rows.js";
import type { ServedModel } from "./served-model.js";

const CHUNK = 4_096;
/** For a model that is not asked at the moment: a promotion has as long as a request. */
const LONGEST_WAIT_MS = 20_000;
const NO_SPLIT = "its run held out no rows that are known here";

interface Parts {
  pool: Pool;
  definitions: Deployment;
  runs: RunStore;
  cache: ModelCache;
}

/** A version with whom it was trained on, and whom its training held out. */
type Learnt = { version: ModelVersion; split: TrainingSplit } & SplitKeys;

/**
 * Measures a candidate beside Production and by groups of users, each when a gate asks for it, with the ONNX files as they
 * are served. Rows are read again from the snapshots; only keys, labels and scores are held.
 */
export function heldOutEvidence(
  pool: Pool,
  definitions: Deployment,
  runs: RunStore,
  cache: ModelCache,
): Serving["heldOut"] {
  const parts = { pool, definitions, runs, cache };
  return (candidate, production) => {
    let known: Promise<Learnt | null> | undefined;
    const learn = () => (known ??= learntBy(parts, candidate));
    return {
      async compare(asked) {
        if (!production) return NOTHING;
        const learnt = await learn();
        return learnt ? compare(parts, learnt, production, asked) : { ...NOTHING, problem: NO_SPLIT };
      },
      async groupRates(asked) {
        const learnt = await learn();
        return learnt && byGroup(parts, learnt, asked);
      },
    };
  };
}

const NOTHING: Compared = { comparison: null, problem: null, productionProblem: null };

async function learntBy({ pool, definitions, runs }: Parts, version: ModelVersion): Promise<Learnt | null> {
  const split = await splitOf(version, definitions, runs);
  return split && { version, split, ...(await splitKeys(pool, definitions, version, split)) };
}

/**
 * Both sides on the newest labelled snapshot on which both have all their features, on users neither was trained on. Where
 * there is none it says so; a Production that cannot answer is no obstacle.
 */
async function compare(
  parts: Parts,
  candidate: Learnt,
  production: ModelVersion,
  asked: NotWorse,
): Promise<Compared> {
  const loaded = await answering(parts, production);
  if (typeof loaded === "string") return { ...NOTHING, productionProblem: loaded };
  const other = await learntBy(parts, production);
  if (!other) {
    return {
      ...NOTHING,
      problem: `whom version ${production.version} was trained on is not known here`,
    };
  }
  const isNewOn = (asOf: string) => (key: string) =>
    !candidate.mayKnow(key, asOf) && !other.mayKnow(key, asOf);
  const served = await parts.cache.named(candidate.version);
  const names = featureNamesOf([candidate.version, production]);
  const task = taskOf(candidate.version.signature);
  let dates = 0;
  for await (const ground of grounds(parts.pool, candidate.split.service, candidate.version, names)) {
    dates++;
    const scored = await score(parts, candidate.split, ground, isNewOn(ground.asOf), [served, loaded]);
    if (scored instanceof ModelNotServableError) return { ...NOTHING, productionProblem: scored.message };
    if (!task.canJudge(scored.labels)) continue;
    const strange = scored.weights?.reduce((count, each) => count + (isWeight(each) ? 0 : 1), 0) ?? 0;
    if (strange > 0) {
      const weight = weightInWords(ground.columns.weight!);
      return {
        ...NOTHING,
        problem: `on ${ground.asOf} ${strange} of ${scored.labels.length} rows have no weight above 0 in ${weight}; deliver one for each row`,
      };
    }
    return { ...NOTHING, comparison: await measure(scored, ground, candidate.version, production, asked) };
  }
  const problem =
    dates === 0
      ? "there is no labelled snapshot on which both have all their features"
      : `no labelled snapshot has ${entityNames(entityOfService(parts.definitions, candidate.split.service)).manyWords} ${task.judgeable} that neither was trained on`;
  return { ...NOTHING, problem };
}

const isWeight = (value: number): boolean => value > 0 && value < Number.POSITIVE_INFINITY;

/** Production, loaded; or, in words, why it cannot answer. */
async function answering(
  { definitions, cache }: Parts,
  production: ModelVersion,
): Promise<ServedModel | string> {
  const declared = servability(production, definitions);
  if (!declared.servable) return declared.problem;
  try {
    return await cache.named(production);
  } catch (error) {
    if (error instanceof ModelNotServableError) return error.message;
    throw error;
  }
}

interface Scored {
  keys: string[];
  labels: Labels;
  weights: SampleWeights;
  /** One answer a row, by the models' places; of several classes one number for each that a model or a row has. */
  scores: Float64Array[];
  /** Rows left out because a model but the first has no answer to them. */
  unanswered: number;
  /** The last column of each row, where one was read beside the features. */
  beside: ColumnValue[];
}

/**
 * Of the wanted users' rows. A column that is not among those read is missing from the row, and encoding it fails. Rows that
 * a model but the first has no answer to are left out.
 * @returns the error of a model but the first that answers none of these rows, or could not be asked
 */
async function score(
  { pool, definitions }: Parts,
  { service }: TrainingSplit,
  { pinned, columns }: { pinned: PinnedSnapshots; columns: TrainingColumns },
  wanted: (key: string) => boolean,
  models: readonly ServedModel[],
): Promise<Scored | ModelNotServableError> {
  const names = columns.features.map(({ name }) => name);
  const [keys, labels, beside]: [string[], RawLabel[], ColumnValue[]] = [[], [], []];
  const weights: number[] = [];
  const scores = models.map(() => new ScoredRows());
  const unanswered = new Map<number, ScoreFailure>();
  let chunk: Record<string, ColumnValue>[] = [];
  const flush = async (): Promise<ModelNotServableError | null> => {
    const from = keys.length - chunk.length;
    for (const [place, model] of models.entries()) {
      if (place === 0) {
        const { probabilities, failures } = await scorePatiently(model, chunk);
        if (failures.size > 0) throw model.unanswered(failures, chunk.length);
        scores[0]!.push(probabilities);
        continue;
      }
      const { probabilities, failures } = await scorePatiently(model, chunk);
      scores[place]!.push(probabilities);
      for (const [row, failure] of failures) {
        if (failure.reason === "unavailable") return model.unanswered(failures, chunk.length);
        unanswered.set(from + row, failure);
      }
      if (unanswered.size === keys.length && keys.length > 0)
        return model.unanswered(unanswered, keys.length);
    }
    chunk = [];
    return null;
  };
  for await (const row of readTrainingRows(pool, definitions, service, pinned, columns)) {
    if (!wanted(row.key)) continue;
    keys.push(row.key);
    labels.push(row.label);
    weights.push(row.weight);
    beside.push(row.values.at(-1) ?? null);
    chunk.push(Object.fromEntries(names.map((name, index) => [name, row.values[index]!])));
    if (chunk.length < CHUNK) continue;
    const failed = await flush();
    if (failed) return failed;
  }
  const failed = await flush();
  if (failed) return failed;
  const answered = <T>(rows: readonly T[]) =>
    unanswered.size > 0 ? rows.filter((_, row) => !unanswered.has(row)) : rows;
  const classesOf = ({ version }: ServedModel) => version.signature.classes;
  const named = readLabels(taskForService(service), answered(labels), models.map(classesOf));
  return {
    keys: [...answered(keys)],
    labels: named.labels,
    weights: columns.weight ? Float64Array.from(answered(weights)) : null,
    scores: scores.map((each, place) => {
      const [all, own] = [each.values, classesOf(models[place]!)];
      const width = own?.length ?? 1;
      const kept = unanswered.size > 0 ? all.filter((_, k) => !unanswered.has(Math.floor(k / width))) : all;
      return own ? widened(kept, own, named.classes!) : kept;
    }),
    unanswered: unanswered.size,
    beside: [...answered(beside)],
  };
}

/**
 * A model made elsewhere whose process several rows ended is not asked for a while: the other rows are asked again after
 * that, as they are not to blame.
 */
async function scorePatiently(
  model: ServedModel,
  rows: readonly Record<string, ColumnValue>[],
): Promise<Scores> {
  const { probabilities, width, failures } = await model.scoreEach(rows);
  const left = new Map(failures);
  const until = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const later = [...left].filter(([, { retryAfterSeconds }]) => retryAfterSeconds !== null);
    const waitMs = 1_000 * Math.max(0, ...later.map(([, { retryAfterSeconds }]) => retryAfterSeconds ?? 0));
    if (later.length === 0 || performance.now() + waitMs > until)
      return { probabilities, width, failures: left };
    await delay(waitMs);
    const again = await model.scoreEach(later.map(([row]) => rows[row]!));
    for (const [place, [row]] of later.entries()) {
      const failure = again.failures.get(place);
      if (failure) left.set(row, failure);
      else {
        left.delete(row);
        probabilities.set(answerAt(again, place), row * width);
      }
    }
  }
}

async function measure(
  { labels, weights, scores, unanswered }: Scored,
  { asOf, labelAsOf }: Ground,
  candidate: ModelVersion,
  production: ModelVersion,
  { metric, confidence, resamples, seed }: NotWorse,
): Promise<Comparison> {
  const task = taskOf(candidate.signature);
  const metricsOf = (version: ModelVersion, place: number): Record<string, number> => {
    const { metrics } = task.evaluate(labels, scores[place]!, version.threshold, weights);
    return Object.fromEntries(task.compared.map(({ name }) => [name, metrics[name]!]));
  };
  const drawn = { metric, confidence, resamples, seed };
  return {
    asOf,
    labelAsOf,
    rows: labels.length,
    ...(unanswered > 0 && { unanswered }),
    ...task.counts(labels),
    candidate: metricsOf(candidate, 0),
    production: metricsOf(production, 1),
    difference: await task.compare(labels, scores[0]!, scores[1]!, drawn, weights),
  };
}

/** Of those its training held out, by the attribute as the snapshot has it; null where that was made without it. */
async function byGroup(
  parts: Parts,
  { version, split, isHeldOut }: Learnt,
  { attribute, measure }: Pick<Fairness, "attribute" | "measure">,
): Promise<GroupRate[] | null> {
  const { pool, definitions, cache } = parts;
  const beside = [
    {
      name: attribute,
      source: entitySourceOf(definitions, entityOfService(definitions, split.service)).name,
    },
  ];
  const columns = await pinFeatures(pool, split.service, split.pinned, featureNamesOf([version]), beside);
  if (!columns) return null;
  const model = await cache.named(version);
  const ground = { pinned: split.pinned, columns };
  const scored = await score(parts, split, ground, isHeldOut, [model]);
  if (scored instanceof ModelNotServableError) throw scored;
  const { decision } = taskOf(version.signature);
  if (!decision) return null;
  const called = scored.scores[0]!.map((each) => decision.decide(each, version.threshold!));
  const rates = groupRates(measure, scored.beside, scored.labels, called);
  const isPersonal = personalColumns(definitions).hasColumn(beside[0]!.source, attribute);
  return isPersonal ? withoutNames(rates) : rates;
}

/** Verdicts are for everybody to read: groups of a personal column are told apart by their size alone. */
const withoutNames = (rates: readonly GroupRate[]): GroupRate[] =>
  rates
    .toSorted((a, b) => b.rows - a.rows)
    .map((rate, place) => ({ ...rate, group: rate.group === null ? null : `group ${place + 1}` }));
