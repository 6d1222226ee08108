import { sql } from "drizzle-orm";
import type { Queryable } from "../../db/pool.js";
import { runs } from "../../db/tables/runs.js";
import { type Fields, selectList } from "../../db/typed.js";
import { isUtcText } from "../../values/instant.js";
import type { Run } from "../run.js";
import { UUID } from "../run-query.js";
import { compileCondition, compileOrder, type SearchParameter, viewCondition } from "./compile.js";
import type { SearchPage, SearchRequest } from "./condition.js";
import { runSearchFields } from "./run-search-fields.js";
import { badToken, offsetOf, offsetToken } from "./search-page.js";

/** What lists of tracked runs show of a run: not what asof's own runs hold besides. */
export type FoundRun = Omit<
  Run,
  "durationMs" | "attempt" | "error" | "environment" | "result" | "validation" | "snapshotId" | "requestId"
>;

const FOUND: Fields<FoundRun> = {
  id: runs.id,
  kind: runs.kind,
  status: runs.status,
  params: runs.params,
  actor: runs.actor,
  createdAt: runs.created_at,
  startedAt: runs.started_at,
  finishedAt: runs.finished_at,
  gitCommit: runs.git_commit,
  name: runs.name,
  tags: runs.tags,
  note: runs.note,
  parentRunId: runs.parent_run_id,
  experimentId: sql`${runs.experiment_id}::float8`,
  deletedAt: runs.deleted_at,
};
const FOUND_LIST = selectList(FOUND);
/** The index `runs_experiment` is on this very expression. */
const BEGIN = "coalesce(started_at, created_at)";
const NEWEST = `${BEGIN} desc, id`;
/** How many of the newest are tried before all that fit are looked for. */
const WINDOW = 2_000;

export interface RunSearchRequest extends SearchRequest {
  readonly experiments: readonly number[];
}

export async function searchRuns(db: Queryable, request: RunSearchRequest): Promise<SearchPage<FoundRun>> {
  if (request.experiments.length === 0) return { found: [], next: null };
  return request.order.length > 0 ? inOrder(db, request) : newestFirst(db, request);
}

type Begun = FoundRun & { begin: string };

/**
 * By keyset: as fast on the last page as on the first, and nothing shifts while runs are added. Where runs that fit are common, some
 * of the newest fill the page; where they are not, they are so few that they are found first and put in order then.
 */
async function newestFirst(db: Queryable, request: RunSearchRequest): Promise<SearchPage<FoundRun>> {
  const { conditions, first } = request;
  const rows =
    (conditions.length > 0 && first <= WINDOW && (await amongNewest(db, request))) ||
    (await amongAll(db, request));
  const found = rows.slice(0, first).map(({ begin: _, ...run }) => run);
  const last = rows[first - 1];
  return { found, next: rows.length > first && last ? keysetToken(last) : null };
}

/**
 * Looks at the newest of each experiment. Where one of them did not fill the page, what it has below its window is unseen: nothing
 * that began before that is taken of any.
 * @returns null where that did not fill the page
 */
async function amongNewest(db: Queryable, request: RunSearchRequest): Promise<Begun[] | null> {
  const { values, experiments, inside, fits, limit } = partsOf(request);
  const size = Math.ceil(WINDOW / new Set(request.experiments).size) + limit;
  const near = `select id, ${BEGIN} as begin from (${listed("*", inside, `limit ${size}`)}) runs
    where ${fits.join(" and ")} order by begin desc, id limit ${limit}`;
  const rows = await pageOf(
    db,
    `near as materialized (select n.*, e.id as experiment from ${experiments} cross join lateral (${near}) n),
     unseen as materialized (
       select max(w.begin) as begin from ${experiments}
       cross join lateral (${listed(`${BEGIN} as begin`, inside, `offset ${size - 1} limit 1`)}) w
       where (select count(*) from near where experiment = e.id) < ${limit}
     ),
     found as (select id, begin from near where begin > coalesce((select begin from unseen), '-infinity'))`,
    limit,
    values,
  );
  return rows.length < limit ? null : rows;
}

function amongAll(db: Queryable, request: RunSearchRequest): Promise<Begun[]> {
  const { values, experiments, inside, fits, limit } = partsOf(request);
  const what = `id, ${BEGIN} as begin`;
  // What is selective is found first and put in order then, whatever the planner expects of a limit.
  const found =
    fits.length === 0
      ? `found as (select n.* from ${experiments} cross join lateral (${listed(what, inside, `limit ${limit}`)}) n)`
      : `found as materialized (
           select ${what} from runs where ${["experiment_id = any($1::bigint[])", ...inside, ...fits].join(" and ")}
         )`;
  return pageOf(db, found, limit, values);
}

/** Of one experiment the newest. */
const listed = (what: string, inside: readonly string[], rows: string): string =>
  `select ${what} from runs where ${["experiment_id = e.id", ...inside].join(" and ")} order by ${NEWEST} ${rows}`;

function partsOf({ experiments, conditions, view, first, after }: RunSearchRequest) {
  const values: unknown[] = [[...new Set(experiments)]];
  const parameter: SearchParameter = (value) => `$${values.push(value)}`;
  const inside = [...viewCondition(view)];
  if (after) {
    const [begin, id] = keysetOf(after);
    // The first comparison is the index's; the second goes on where several began at one time.
    const at = `${parameter(begin)}::timestamptz`;
    inside.push(`${BEGIN} <= ${at}`, `(${BEGIN} < ${at} or id > ${parameter(id)}::uuid)`);
  }
  const fits = conditions.map((condition) => compileCondition(condition, runSearchFields, parameter));
  return { values, experiments: "unnest($1::bigint[]) e(id)", inside, fits, limit: first + 1 };
}

/** @param found what leads to a table of that name */
async function pageOf(db: Queryable, found: string, limit: number, values: unknown[]): Promise<Begun[]> {
  const { rows } = await db.query<Begun>(
    `with ${found}, page as (select id as page_id, begin from found order by begin desc, id limit ${limit})
     select ${FOUND_LIST}, begin::text as begin from page join runs on id = page_id order by page.begin desc, page_id`,
    values,
  );
  return rows;
}

async function inOrder(
  db: Queryable,
  { experiments, conditions, order, view, first, after }: RunSearchRequest,
): Promise<SearchPage<FoundRun>> {
  const values: unknown[] = [[...new Set(experiments)]];
  const parameter: SearchParameter = (value) => `$${values.push(value)}`;
  const offset = offsetOf(after);
  const where = [
    "experiment_id = any($1::bigint[])",
    ...viewCondition(view),
    ...conditions.map((condition) => compileCondition(condition, runSearchFields, parameter)),
  ];
  const by = [...compileOrder(order, runSearchFields, parameter), NEWEST];
  const { rows } = await db.query<FoundRun>(
    `with page as (
       select id as page_id, row_number() over () as place from (
         select id from runs where ${where.join(" and ")} order by ${by.join(", ")} limit ${first + 1} offset ${offset}
       ) ordered
     ) select ${FOUND_LIST} from page join runs on id = page_id order by place`,
    values,
  );
  return { found: rows.slice(0, first), next: rows.length > first ? offsetToken(offset + first) : null };
}

const keysetToken = ({ begin, id }: Begun): string => Buffer.from(`${begin} ${id}`).toString("base64url");

function keysetOf(token: string): [string, string] {
  const [, begin, id] = /^(\S+ \S+) (\S+)$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (!begin || !id || !UUID.test(id) || !isUtcText(begin)) throw badToken(token);
  return [begin, id];
}
