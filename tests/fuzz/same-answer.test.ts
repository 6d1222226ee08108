import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JANUARY, USERS } from "../support/months.js";
import { randomQuery } from "../support/random-query.js";
import { emittedSchema as schema } from "../support/schema.js";
import { send } from "./answer.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";
import { type ServedApp, startServedApp } from "./served-app.js";

/** Differ from one moment to the next. */
const MOVING = ["uptimeSeconds", "ageSeconds", "hitRate"];
const MEANINGS = {
  userId: [USERS[0], USERS[7], "nobody", 7],
  userIds: [USERS[0], USERS[1], "nobody"],
  model: ["churn", "other"],
  name: ["churn", "auc", "champion"],
  Date: [JANUARY, "2024-02-29", "2024-02-30"],
  DateTime: ["2024-02-01T00:00:00.000Z", "2030-01-01T00:00:00Z", "soon"],
  Int: [1, 2, 50],
  Float: [0.5, 1],
  Boolean: [true, false],
  String: ["a", "auc", "churn"],
  ID: ["00000000-0000-4000-8000-000000000001", "1"],
};

let served: ServedApp;
beforeAll(async () => {
  served = await startServedApp();
});
afterAll(() => served?.stop());

async function ask(body: unknown): Promise<string> {
  const { status, text } = await send(served.api.address, {
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return `${status} ${text}`;
}

/**
 * Where a field that may not be null fails, graphql-js leaves no data, and the errors of fields beside it are kept or dropped
 * by which of them failed first.
 */
function isSameFailure(first: string, again: string): boolean {
  const [one, other] = [first, again].map((answer) => JSON.parse(answer.slice(4)));
  if (one.data !== null || other.data !== null || !one.errors || !other.errors) return false;
  const [few, many] = [one, other].map(
    ({ errors }) => errors.map((error: unknown) => JSON.stringify(error)) as string[],
  );
  return few!.every((error) => many!.includes(error)) || many!.every((error) => few!.includes(error));
}

let unseen = 0;

it(
  "a query is answered five times as it is the first time, by real services, to the byte",
  async () => {
    await fuzz(fc.nat(), 25, async (seed) => {
      const { query, bodies } = randomQuery(schema, seed, { meanings: MEANINGS, except: MOVING });
      for (const body of bodies) {
        const first = await ask({ ...body, query: `${query}\n# ${unseen++}` });
        for (let time = 1; time <= 5; time++) {
          const again = await ask({ ...body, query });
          if (isSameFailure(first, again)) continue;
          expect(again, `time ${time} of ${JSON.stringify({ ...body, query })}`).toBe(first);
        }
      }
    });
  },
  fuzzTimeoutMs,
);
