import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import type { CanaryArm } from "../values/canary.js";
import { parseInstant } from "../values/instant.js";
import type { LoggedPrediction } from "./logged-prediction.js";

/** Which of them; absent: all. */
export interface LogFilter {
  model?: string | null;
  /** Of the model. */
  version?: number | null;
  key?: string | null;
  /** Only of these models. */
  models?: readonly string[] | null;
}

/** One answer as it is read back. */
export interface AnsweredPrediction
  extends Omit<LoggedPrediction, "shadow" | "answer" | "probabilities" | "canary"> {
  /** Which version of a canary answered; null where none ran. */
  arm: CanaryArm | null;
  /** Of a task that decides by it. */
  probability: number | null;
  /** Of a task whose answer is a number of its own. */
  value: number | null;
  /** Of the features as JSON. */
  featuresSha256: string;
}

interface AnsweredRow {
  at: Date;
  /** With its microseconds, for the cursor. */
  instant: string;
  model: string;
  version: number;
  key: string | null;
  sha256: string;
  features: Record<string, ColumnValue>;
  probability: number;
  prediction: 0 | 1 | null;
  class: string | null;
  request: Record<string, ColumnValue> | null;
  arm: CanaryArm | "FALLBACK" | null;
  /** Of rows that are alike in all of this the first is 1. */
  nth: number;
}

/**
 * What was answered, the newest first. The log has no key of its own: what lies behind a cursor are the rows below its
 * instant, model, version and key, and of those that are alike in these the ones that no page had. A cursor has nothing of the
 * features: a hash of values that can be guessed tells them.
 */
export async function findLogged(
  db: Queryable,
  { model, version, key, models }: LogFilter,
  page: PageRequest,
): Promise<Slice<AnsweredPrediction>> {
  const after = page.after ? decodeCursor(page.after, 5, isPlace) : null;
  const [at = null, ...place] = after?.slice(0, 4) ?? [];
  const shown = Number(after?.[4] ?? 0);
  const { rows } = await db.query<AnsweredRow>(
    `select at, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as instant, model, version,
       key, features_sha256 as sha256, features, probability, prediction, class, request, arm
     from prediction_log
     where ($1::text is null or model = $1) and ($2::text is null or key = $2)
       and ($9::int is null or version = $9) and ($10::text[] is null or model = any($10))
       -- Days after the cursor's are left out by the instant alone; a comparison of rows leaves none out.
       and ($3::timestamptz is null or (at <= $3
         and (at, model, version, coalesce(key, '')) <= ($3, $4, $5, $6)))
     order by at desc, model desc, version desc, coalesce(key, '') desc, features_sha256 desc, probability desc
     offset $7 limit $8`,
    [
      ...[model ?? null, key ?? null, at],
      ...(place.length > 0 ? place : [null, null, null]),
      ...[shown, page.first + 1, version ?? null, models ?? null],
    ],
  );
  number(rows, after);
  return toSlice(rows, page, answered, (row) => [...placeOf(row), row.nth]);
}

const placeOf = ({ instant, model, version, key }: AnsweredRow) => [
  // A row without a key comes where the empty text would.
  ...[instant, model, version, key ?? ""],
];

function number(rows: AnsweredRow[], after: readonly (string | number)[] | null): void {
  let place = after && JSON.stringify(after.slice(0, 4));
  let nth = Number(after?.[4] ?? 0);
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
  key,
  features,
  probability: answer,
  prediction,
  class: name,
  request,
  sha256: featuresSha256,
  arm,
}: AnsweredRow): AnsweredPrediction => ({
  ...{ at, model, version, key, features, featuresSha256, prediction, request },
  class: name,
  arm: arm === "FALLBACK" ? "CHAMPION" : arm,
  // What is decided is a probability, and so is how likely a class is; what is neither is a value.
  ...(prediction === null && name === null
    ? { probability: null, value: answer }
    : { probability: answer, value: null }),
});

const isWhole = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;

const isPlace = ([at, model, version, key, nth]: readonly (string | number)[]): boolean =>
  typeof at === "string" &&
  parseInstant(at) !== null &&
  [model, key].every((part) => typeof part === "string") &&
  isWhole(version) &&
  isWhole(nth);
