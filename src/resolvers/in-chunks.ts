import { setImmediate as nextTurn } from "node:timers/promises";

const CHUNK = 50_000;
/** Answers that GraphQL completes in one go, a few milliseconds' work; then other requests get their turn. */
const PER_TURN = 200;

/**
 * The answers to many rows, as a list of promises that GraphQL completes as they are kept: 50 000 rows are asked for
 * at a time, while the answers before are completed, and the event loop is let go every 200. A chunk that fails
 * rejects its answers and all after it.
 */
export function inChunks<Row, Answer>(
  rows: readonly Row[],
  read: (chunk: Row[]) => Promise<readonly Answer[]>,
): Promise<Answer>[] {
  const waiting: { resolve(answer: Answer): void; reject(reason: unknown): void }[] = [];
  const promises = rows.map(
    () => new Promise<Answer>((resolve, reject) => void waiting.push({ resolve, reject })),
  );
  const ask = (from: number) => {
    const answers = from < rows.length ? read(rows.slice(from, from + CHUNK)) : null;
    // Its failure is thrown where it is awaited, which may be later.
    answers?.catch(() => {});
    return answers;
  };
  const keep = async () => {
    let place = 0;
    let next = ask(0);
    while (next) {
      const answers: readonly Answer[] = await next;
      next = ask(place + CHUNK);
      for (const answer of answers) {
        waiting[place++]!.resolve(answer);
        if (place % PER_TURN === 0) await nextTurn();
      }
    }
  };
  keep().catch((error: unknown) => {
    for (const { reject } of waiting) reject(error);
  });
  return promises;
}
