import { QueryTooComplexError } from "../../errors/limit-errors.js";
import type { FoundRun } from "../../registry/search/run-search.js";
import type { Services } from "../../services/services.js";
import { runAnswer } from "./run.codec.js";

/** Runs whose series are read in one statement. */
const TOGETHER = 500;
/** Of one answer. */
const MAX_SERIES = 500_000;

type Read = Pick<Services, "runs" | "loggedModels">;
type RunAnswer = ReturnType<typeof runAnswer>;

/**
 * Runs as they are answered, with what each holds beside itself: a read of each kind, whatever their number.
 * @throws {QueryTooComplexError} they have more series together than an answer should hold
 */
export async function readRuns(services: Read, found: readonly FoundRun[]): Promise<RunAnswer[]> {
  const answers: RunAnswer[] = [];
  let series = 0;
  for (let from = 0; from < found.length; from += TOGETHER) {
    for (const answer of await readGroup(services, found.slice(from, from + TOGETHER))) {
      answers.push(answer);
      series += answer.data.metrics?.length ?? 0;
    }
    if (series > MAX_SERIES)
      throw new QueryTooComplexError("series", MAX_SERIES, series, "ask for fewer runs by max_results");
  }
  return answers;
}

/** In halves, where the whole has more series than one statement reads. */
async function readGroup(services: Read, group: readonly FoundRun[]): Promise<RunAnswer[]> {
  try {
    return await readTogether(services, group);
  } catch (error) {
    if (!(error instanceof QueryTooComplexError) || group.length === 1) throw error;
    const half = Math.ceil(group.length / 2);
    return [
      ...(await readGroup(services, group.slice(0, half))),
      ...(await readGroup(services, group.slice(half))),
    ];
  }
}

async function readTogether({ runs, loggedModels }: Read, group: readonly FoundRun[]): Promise<RunAnswer[]> {
  const ids = group.map(({ id }) => id);
  const [latest, inputs, outputs] = await Promise.all([
    runs.latestMetrics(ids),
    runs.inputs(ids),
    loggedModels.outputs(ids),
  ]);
  return group.map((run, place) =>
    runAnswer(run, { latest: latest[place]!, inputs: inputs[place]!, outputs: outputs[place]! }),
  );
}
