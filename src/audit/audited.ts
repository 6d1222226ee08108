import { AsofError, type ErrorCode } from "../errors/errors.js";
import type { AuditOutcome, NewEntry, Who } from "./entry.js";
import { namesPersons } from "./persons.js";

/** Where entries go. */
export interface Audit {
  /** @throws {AuditUnavailableError} it is not stored */
  append(entry: NewEntry): Promise<string>;
  /** One that was refused before it was begun: a caller's first of a minute, then they are counted. @throws {AuditUnavailableError} */
  refuse(entry: NewEntry): Promise<void>;
}

/** What somebody asks for. */
export interface Act extends Who, Pick<NewEntry, "action" | "subject"> {
  /** As they were sent. */
  args: unknown;
}

/** How it came out. */
export interface End {
  outcome: Exclude<AuditOutcome, "ASKED">;
  code: string | null;
  /** What it was before and is now, where that is known, and what was answered. */
  details: unknown;
}

export const asked = (audit: Audit, { args, ...act }: Act): Promise<string> =>
  audit.append({ ...act, outcome: "ASKED", code: null, answers: null, details: { args } });

export const ended = (audit: Audit, { args: _, ...act }: Act, answers: string, end: End): Promise<string> =>
  audit.append({ ...act, ...end, answers });

/** Refused before it was asked for: by the role of its route or field. */
export const refused = (audit: Audit, { args, ...act }: Act, code: string): Promise<void> =>
  audit.refuse({ ...act, outcome: "REFUSED", code, answers: null, details: { args } });

/** Reads what is changed; absent: nothing of it is read. */
export type ReadState = () => Promise<unknown>;

/**
 * Does what is asked for between two entries: nothing is begun before it is on record that it was asked for, and nothing is answered
 * before it is on record how it ended.
 * @param on.answer what of the result is put down
 */
export async function audited<T>(
  audit: Audit,
  act: Act,
  work: () => T | Promise<T>,
  on: {
    answer: (result: T) => unknown;
    state?: ReadState;
  },
): Promise<T> {
  const id = await asked(audit, act);
  // Where it cannot be read the work says why.
  const state = async () => on.state?.().catch(() => undefined);
  const before = await state();
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await ended(audit, act, id, endOf(error, act.args));
    throw error;
  }
  const after = await state();
  const details = { ...(on.state ? { before, after } : {}), answer: on.answer(result) };
  await ended(audit, act, id, { outcome: "DONE", code: null, details });
  return result;
}

/** Of codes that are nobody's own doing: what came of it may be unknown. */
const FAILURES: readonly ErrorCode[] = [
  ...(["SERVICE_UNAVAILABLE", "SERVICE_BUSY", "REQUEST_TIMEOUT", "CLIENT_CLOSED_REQUEST"] as const),
  ...(["PROCESS_DIED", "COMMAND_FAILED", "SOURCE_UNREADABLE", "INTERNAL_SERVER_ERROR"] as const),
];

/** Of an error that is told to who asked. What is masked to them only the log of the process explains. */
function endOf(error: unknown, args: unknown): End {
  if (!(error instanceof AsofError) || error.code === "INTERNAL_SERVER_ERROR")
    return { outcome: "FAILED", code: "INTERNAL_SERVER_ERROR", details: {} };
  const outcome = FAILURES.includes(error.code) ? "FAILED" : "REFUSED";
  return { outcome, code: error.code, details: toldOf(error, args) };
}

/** What is kept of an error. Where keys or values of persons were sent, its message may quote them. */
export const toldOf = ({ code, message }: AsofError, args: unknown): { message?: string } =>
  code === "INTERNAL_SERVER_ERROR" || namesPersons(args) ? {} : { message };
