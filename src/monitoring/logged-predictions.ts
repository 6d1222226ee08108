import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { parseInstant } from "../values/instant.js";
import type { LoggedPrediction } from "./prediction-log.js";

/** Which of them; absent: all. */
export interface LogFilter {
  model?: string | null;
  /** Of the model. */
  version?: number | null;
  userId?: string | null;
}

/** One answer as it is read back. */
export interface AnsweredPrediction extends Omit<LoggedPrediction, "shadow"> {
  /** Of the features as JSON. */
  featuresSha256: string;
}

interface AnsweredRow {
  at: Date;
  /** With its microseconds, for the cursor. */
  instant: string;
  model: string;
  version: number;
  userId: string;
  sha256: string;
  features: Record<string, ColumnValue>;
  probability: number;
  prediction: 0 | 1;
  /** Of rows that are alike in all of this the first is 1. */
  nth: number;
}

/**
 * What was answered, the newest first. The log has no key of its own: what lies behind a cursor are the rows below its
 * instant, model, version, key and features, and of those that are alike in these the ones that no page had.
 */
export async function findLogged(
  db: Queryable,
  { model, version, userId }: LogFilter,
  page: PageRequest,
): Promise<Slice<AnsweredPrediction>> {
  const after = page.after ? decodeCursor(page.after, 6, isPlace) : null;
  const [at = null, ...place] = after?.slice(0, 5) ?? [];
  const shown = Number(after?.[5] ?? 0);
  const { rows } = await db.query<AnsweredRow>(
    `select at, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as instant, model, version,
       user_id as "userId", features_sha256 as sha256, features, probability, prediction
     from prediction_log
     where ($1::text is null or model = $1) and ($2::text is null or user_id = $2)
       and ($10::int is null or version = $10)
       -- Days after the cursor's are left out by the instant alone; a comparison of rows leaves none out.
       and ($3::timestamptz is null or (at <= $3
         and (at, model, version, user_id, features_sha256) <= ($3, $4, $5, $6, $7)))
     order by at desc, model desc, version desc, user_id desc, features_sha256 desc, probability desc
     offset $8 limit $9`,
    [
      ...[model ?? null, userId ?? null, at],
      ...(place.length > 0 ? place : [null, null, null, null]),
      ...[shown, page.first + 1, version ?? null],
    ],
  );
  number(rows, after);
  return toSlice(rows, page, answered, (row) => [...placeOf(row), row.nth]);
}

const placeOf = ({ instant, model, version, userId, sha256 }: AnsweredRow) => [
  ...[instant, model, version, userId, sha256],
];

function number(rows: AnsweredRow[], after: readonly (string | number)[] | null): void {
  let place = after && JSON.stringify(after.slice(0, 5));
  let nth = Number(after?.[5] ?? 0);
  for (const row of rows) {
    const own = JSON.stringify(placeOf(row));
    nth = own === place ? nth + 1 : 1;
    place = own;
    row.nth = nth;
  }
}

const answered = ({
  at,
  model,
  version,
  userId,
  features,
  probability,
  prediction,
  sha256: featuresSha256,
}: AnsweredRow): AnsweredPrediction => ({
  ...{ at, model, version, userId, features, featuresSha256, probability, prediction },
});

const isWhole = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;

const isPlace = ([at, model, version, userId, sha256, nth]: readonly (string | number)[]): boolean =>
  typeof at === "string" &&
  parseInstant(at) !== null &&
  [model, userId, sha256].every((part) => typeof part === "string") &&
  isWhole(version) &&
  isWhole(nth);
