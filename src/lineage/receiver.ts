import type { LineageEvent } from "./lineage-event.js";

/** Where events go. */
export interface LineageReceiver {
  readonly url: string;
  /** Sent as bearer token. */
  readonly apiKey: string | null;
  /** Of jobs and datasets. */
  readonly namespace: string;
  /** An event that could not be sent for so long is given up. */
  readonly keepDays: number;
}

/** It does not take the event now, and may later. No credential and no body of an answer is in the message. */
export class ReceiverAwayError extends Error {}

const TIMEOUT_MS = 10_000;
/** What a later attempt, or a change of the receiver or of its key, may mend. */
const MAY_PASS = new Set([401, 402, 403, 404, 405, 407, 408, 409, 421, 423, 425, 426, 429]);

/**
 * @returns the status: of 200 and more it was taken; of 400 and more the receiver refuses this event, and always will
 * @throws {ReceiverAwayError}
 */
export async function sendLineage(
  { url, apiKey }: LineageReceiver,
  event: LineageEvent,
  signal: AbortSignal,
): Promise<number> {
  const status = await post(url, apiKey, JSON.stringify(event), signal);
  const isAnswer =
    (status >= 200 && status < 300) || (status >= 400 && status < 500 && !MAY_PASS.has(status));
  if (!isAnswer) throw new ReceiverAwayError(`it answers ${status}`);
  return status;
}

async function post(url: string, apiKey: string | null, body: string, signal: AbortSignal): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body,
      // To another place the key is not sent.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    signal.throwIfAborted();
    const isLate = (error as Error).name === "TimeoutError";
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    throw new ReceiverAwayError(
      isLate ? `no answer in ${TIMEOUT_MS / 1000} s` : `no answer: ${code ?? "the connection failed"}`,
    );
  }
}
