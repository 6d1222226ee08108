import { allFailed, ScoreFailure, type Scores } from "../answers.js";
import type { Row } from "../encoder.js";

/** Rows of one run, of one request or of many that came while the run before was under way. */
const BATCH = 1_024;
/** Beyond these, requests are refused and may be retried. */
const MAX_WAITING_ROWS = 8 * BATCH;
/** Who has waited this long has gone, or asks again. */
const MAX_WAIT_MS = 10_000;

export interface WaitingRequest {
  rows: readonly Row[];
  since: number;
  resolve(scores: Scores): void;
}

/** Requests that wait for a model's process, in the order they came; bounded in rows and in time. */
export class WaitingRows {
  /** @param width of an answer */
  constructor(private readonly width: number) {}

  #requests: WaitingRequest[] = [];
  #rows = 0;

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  /** The scores, once they are there. @returns null where too many rows wait already */
  add(rows: readonly Row[]): Promise<Scores> | null {
    if (this.#rows + rows.length > MAX_WAITING_ROWS) return null;
    return new Promise((resolve) => {
      this.#requests.push({ rows, since: Date.now(), resolve });
      this.#rows += rows.length;
    });
  }

  /** The first of them, up to a batch; those that waited too long are rejected. */
  take(): WaitingRequest[] {
    const batch: WaitingRequest[] = [];
    let rows = 0;
    while (this.#requests.length > 0) {
      const next = this.#requests[0]!;
      if (rows > 0 && rows + next.rows.length > BATCH) break;
      this.#requests.shift();
      this.#rows -= next.rows.length;
      if (Date.now() - next.since > MAX_WAIT_MS)
        next.resolve(allFailed(next.rows.length, this.width, tooManyWait()));
      else {
        batch.push(next);
        rows += next.rows.length;
      }
    }
    return batch;
  }
}

export const tooManyWait = (): ScoreFailure =>
  new ScoreFailure("unavailable", "too many requests wait for it; ask again later", 1);
