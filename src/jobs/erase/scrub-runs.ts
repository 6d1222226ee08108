import { type Client, type Pool, type Queryable, quote, withTransaction } from "../../db/pool.js";
import type { PersonalColumns } from "../../definitions/language/personal.js";
import { countErased } from "../../features/erasure/erase-rows.js";
import type { PlaceRows } from "../../features/erasure/erasure-counts.js";
import { maskReport } from "../../ingest/quotes-personal.js";
import { validationPage } from "../../ingest/validation-page.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import type { Run, RunEvent, ValidationReport } from "../../registry/run.js";
import { runsHolding } from "../engine/dbos-internals.js";
import { textsThatAre } from "./kept-texts.js";
import type { Mention, Mentioned } from "./mention.js";
import { asStored, holdsAny, needlesOf, withoutPerson } from "./scrub-texts.js";

const columnsOf = (table: string) => textsThatAre("scrubbed").find((each) => each.table === table)!.columns;
const RUN_TEXTS = columnsOf("runs");
const EVENT_TEXTS = columnsOf("run_events");

interface KeptRun extends Pick<Run, "id" | "status" | "attempt"> {
  at: Date;
  texts: Readonly<Record<string, unknown>>;
}
type KeptEvent = Pick<RunEvent, "id" | "message" | "data">;

/** What is kept of a run that may name somebody. */
interface Kept {
  run: KeptRun;
  events: readonly KeptEvent[];
}

/** What scrubbing needs beside the texts themselves. */
export interface ScrubTools {
  pool: Pool;
  /** Deletes what the engine kept of a run. */
  forget: (runId: string, attempts: number) => Promise<void>;
  signal: AbortSignal;
  personal: PersonalColumns;
}

/**
 * Takes them out of what runs left behind: samples of validation reports, messages, results, events, and the pages made of
 * them. What the engine kept of these runs is deleted: they have ended, and a retry begins anew. One search finds all of them.
 */
export async function scrubRuns(tools: ScrubTools, persons: readonly Mentioned[]): Promise<void> {
  const mentions = persons.map(({ mention }) => mention);
  for (const id of await runsMentioning(tools.pool, mentions)) {
    if (persons.some(({ erasure }) => id === erasure.runId)) continue;
    tools.signal.throwIfAborted();
    await scrubRun(tools, persons, id);
  }
}

/** How many runs, and events of runs, that would change. */
export async function countMentions(db: Queryable, mentions: readonly Mention[]): Promise<PlaceRows[]> {
  let runs = 0;
  let events = 0;
  for (const id of await runsMentioning(db, mentions)) {
    let kept = await findKept(db, id, mentions);
    for (const mention of mentions) {
      if (!kept) break;
      const clean = without(kept, mention);
      runs += changes(kept, clean).run;
      events += changes(kept, clean).events;
      kept = clean;
    }
  }
  return [
    { place: "runs", rows: runs },
    { place: "run_events", rows: events },
  ];
}

/** Of asof's own tables and of the engine's. */
async function runsMentioning(db: Queryable, mentions: readonly Mention[]): Promise<string[]> {
  const needles = needlesOf(mentions);
  const { rows } = await db.query<{ id: string }>(
    `select id from runs where ${holdsAny(RUN_TEXTS)}
       or id in (select run_id from run_events where ${holdsAny(EVENT_TEXTS)}) order by created_at`,
    [needles],
  );
  return [...new Set([...rows.map(({ id }) => id), ...(await runsHolding(db, needles))])];
}

async function findKept(db: Queryable, id: string, mentions: readonly Mention[]): Promise<Kept | undefined> {
  const names = RUN_TEXTS.map(({ name }) => `'${name}', ${quote(name)}`).join(", ");
  const { rows } = await db.query<KeptRun>(
    `select id, status, attempt, coalesce(finished_at, created_at) as at, json_build_object(${names}) as texts
     from runs where id = $1`,
    [id],
  );
  const [run] = rows;
  if (!run) return undefined;
  // Values that stood beside a key may be in events that do not name it.
  const all = mentions.some((mention) => sampledValues(run, mention).length > 0);
  const { rows: events } = await db.query<KeptEvent>(
    `select id::text, message, data from run_events where run_id = $2 and ($3 or ${holdsAny(EVENT_TEXTS)}) order by id`,
    [needlesOf(mentions), id, all],
  );
  return { run, events };
}

async function scrubRun(
  { pool, forget, personal }: ScrubTools,
  persons: readonly Mentioned[],
  id: string,
): Promise<void> {
  const mentions = persons.map(({ mention }) => mention);
  const kept = await findKept(pool, id, mentions);
  if (!kept) return;
  const { run } = kept;
  // First: once the run's own row is clean, nothing would tell that the engine's is not.
  if (run.status !== "QUEUED" && run.status !== "RUNNING") await forget(id, run.attempt);
  await withTransaction(pool, async (tx) => {
    let left = kept;
    for (const { erasure, mention } of persons) {
      const clean = without(left, mention);
      const changed = changes(left, clean);
      await countErased(tx, erasure, "runs", changed.run);
      await countErased(tx, erasure, "run_events", changed.events);
      left = clean;
    }
    await write(tx, kept, left, personal);
  });
}

/** Texts of the person's own that a report shows, as messages quote them. */
function sampledValues({ texts }: KeptRun, mention: Mention): string[] {
  return (reportOf(texts)?.expectations ?? []).flatMap(({ sample, column }) =>
    sample
      .filter((row) => mention.isAbout(row) && row.value)
      // Of a row as a whole the value is the message itself.
      .map(({ value }) => (column === null ? value! : JSON.stringify(value))),
  );
}

const reportOf = (texts: KeptRun["texts"]) => texts.validation as ValidationReport | null;

/** The same without the person; the very same where it does not name them. */
function without(kept: Kept, mention: Mention): Kept {
  if (!mention.mayBeIn(JSON.stringify([kept.run.texts, kept.events]))) return kept;
  const wider = mention.with(sampledValues(kept.run, mention));
  const texts = Object.fromEntries(
    RUN_TEXTS.map((column) => [column.name, withoutPerson(wider, kept.run.texts[column.name], column)]),
  );
  const events = kept.events.map((event) => {
    const { message, data } = event;
    const clean = wider.scrub({ message, data });
    return isSame(clean, { message, data }) ? event : { ...event, ...clean };
  });
  return { run: isSame(texts, kept.run.texts) ? kept.run : { ...kept.run, texts }, events };
}

const isSame = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);

function changes(before: Kept, after: Kept): { run: number; events: number } {
  return {
    run: before.run === after.run ? 0 : 1,
    events: after.events.filter((event, place) => event !== before.events[place]).length,
  };
}

async function write(tx: Client, before: Kept, after: Kept, personal: PersonalColumns): Promise<void> {
  const { run, events } = after;
  if (run !== before.run) {
    const set = RUN_TEXTS.map(({ name }, place) => `${quote(name)} = $${place + 2}`).join(", ");
    const values = RUN_TEXTS.map((column) => asStored(run.texts[column.name], column));
    await tx.query(`update runs set ${set} where id = $1`, [run.id, ...values]);
    const report = reportOf(run.texts);
    if (report && !isSame(reportOf(before.run.texts), report))
      await pageAgain(tx, run, maskReport(report, personal));
  }
  for (const [place, event] of events.entries()) {
    if (event === before.events[place]) continue;
    await tx.query("update run_events set message = $2, data = $3 where id = $1", [
      event.id,
      event.message,
      event.data === null ? null : JSON.stringify(event.data),
    ]);
  }
}

/** The page of a report, made again of what is left of it. */
async function pageAgain(tx: Client, { id, texts, at }: KeptRun, report: ValidationReport): Promise<void> {
  const { rows } = await tx.query<{ name: string; mediaType: string }>(
    `select name, media_type as "mediaType" from artifacts where run_id = $1 and name = 'validation_report.html'`,
    [id],
  );
  if (!rows[0]) return;
  const { source, asOf } = texts.params as { source: string; asOf: string };
  const page = validationPage(report, { runId: id, source, asOf, at });
  await new ArtifactStore(tx).save(id, { ...rows[0], bytes: Buffer.from(page) });
}
