import { randomBytes } from "node:crypto";
import type { PageRequest, Slice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import { AsofError } from "../errors/errors.js";
import { outsideRequests } from "../observability/request-scope.js";
import { detailsText } from "./details.js";
import { hashOfDetails, type NewEntry } from "./entry.js";
import { type AuditedAct, type AuditFilter, findActs } from "./find-entries.js";
import { Refusals } from "./refusals.js";
import { withoutSecrets } from "./secrets.js";

/** Of one transaction. */
const MOST_AT_ONCE = 500;
/** Entries that wait: a database that is away must not fill the memory. */
const MOST_WAITING = 10_000;

/** An entry as `asof_append_audit` takes it. */
type Row = Record<string, string | null>;

interface Waiting {
  row: Row;
  stored: (id: string) => void;
  failed: (error: Error) => void;
}

/** Nothing is done without its entry, and nothing that was done is acknowledged without. */
export class AuditUnavailableError extends AsofError {
  constructor(what: string, cause?: unknown) {
    super("SERVICE_UNAVAILABLE", `the audit log cannot be written: ${what}`, {}, { cause });
  }
}

/** Adds entries to the log. Those that come while others are being written go together, in one transaction. */
export class AuditLog {
  #waiting: Waiting[] = [];
  #writing = false;
  readonly #refusals = new Refusals((entry) => this.append(entry));

  /** @param reads what is asked for it with, where that is not what it is written with */
  constructor(
    private readonly db: Queryable,
    private readonly reads: Queryable = db,
  ) {}

  find(filter: AuditFilter, page: PageRequest): Promise<Slice<AuditedAct>> {
    return findActs(this.reads, filter, page);
  }

  /**
   * @returns the entry's id, once it is stored
   * @throws {AuditUnavailableError} it is not, or nobody knows
   */
  append(entry: NewEntry): Promise<string> {
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.reject(new AuditUnavailableError(`${MOST_WAITING} entries wait to be written`));
    return new Promise((stored, failed) => {
      this.#waiting.push({ row: rowOf(entry), stored, failed });
      if (!this.#writing) void outsideRequests(() => this.#write());
    });
  }

  refuse(entry: NewEntry): Promise<void> {
    return this.#refusals.add(entry);
  }

  /** Puts down what was only counted so far. */
  close(): Promise<void> {
    return this.#refusals.flush();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      try {
        const ids = await appendRows(
          this.db,
          batch.map(({ row }) => row),
        );
        for (const [place, { stored }] of batch.entries()) stored(ids[place]!);
      } catch (error) {
        for (const { failed } of batch)
          failed(new AuditUnavailableError((error as Error).message || "the database is away", error));
      }
    }
    this.#writing = false;
  }
}

/**
 * Adds one within a transaction of the caller's, which holds up all others until it ends: one whose process stands still is ended.
 * Its details are taken as they are.
 */
export async function appendWithin(tx: Queryable, entry: NewEntry): Promise<void> {
  await tx.query("set local idle_in_transaction_session_timeout = '5s'");
  await appendRows(tx, [rowOf(entry, JSON.stringify(entry.details))]);
}

async function appendRows(db: Queryable, rows: readonly Row[]): Promise<string[]> {
  const answer = await db.query<{ id: string }>({
    name: "asof_append_audit",
    text: "select id::text from asof_append_audit($1::jsonb) id",
    values: [JSON.stringify(rows)],
  });
  return answer.rows.map(({ id }) => id);
}

const MOST_CHARACTERS = 500;
/** Of what was refused before it was begun: whoever has a token at all adds such entries. */
const MOST_BYTES_REFUSED = 1_024;

function rowOf({ requestId, details: given, ...entry }: NewEntry, asIs?: string): Row {
  const salt = randomBytes(16);
  const isBegun = entry.outcome !== "REFUSED" || entry.answers !== null;
  const details = asIs ?? detailsText(given, salt, isBegun ? undefined : MOST_BYTES_REFUSED);
  // Cut at its beginning once what is secret there is gone, and made whole characters after that.
  const text = (value: string | null) =>
    value && withoutSecrets(withoutSecrets(value).slice(0, MOST_CHARACTERS));
  return {
    actor: text(entry.actor),
    role: entry.role,
    request_id: text(requestId),
    action: text(entry.action),
    subject: text(entry.subject),
    outcome: entry.outcome,
    code: entry.code,
    answers: entry.answers,
    salt: salt.toString("hex"),
    details,
    details_hash: hashOfDetails(salt.toString("hex"), details),
  };
}
