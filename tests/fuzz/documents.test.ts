import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAnswered, send } from "./answer.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";
import { brokenDocuments, operations } from "./operations.js";
import { type ServedApp, startServedApp } from "./served-app.js";

let served: ServedApp;
beforeAll(async () => {
  served = await startServedApp();
});
afterAll(() => served?.stop());

async function expectGraphQLAnswer(body: unknown): Promise<void> {
  const answer = await send(served.api.address, {
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expectAnswered(answer, served.secrets);
  const { data, errors } = JSON.parse(answer.text);
  expect(data != null || errors?.length > 0, answer.text).toBe(true);
  for (const { extensions } of errors ?? []) expect(extensions?.code).toMatch(/^[A-Z_]+$/);
}

const serves = async () => {
  const { status, text } = await send(served.api.address, { method: "GET", path: "/health", headers: {} });
  // What was sent may have emptied Production, which is a problem that health names: the parts must work.
  expect([status, JSON.parse(text).database]).toEqual([200, "OK"]);
};

it(
  "any operation of the schema with any variables is answered, or refused with a code, without a word of the inside",
  async () => {
    await fuzz(operations, 30, expectGraphQLAnswer);
    await serves();
  },
  fuzzTimeoutMs,
);

it(
  "any broken, deep, wide or circular document is refused with a code",
  async () => {
    await fuzz(
      fc.record({ query: brokenDocuments, variables: fc.option(fc.jsonValue(), { nil: undefined }) }),
      30,
      expectGraphQLAnswer,
    );
    await serves();
  },
  fuzzTimeoutMs,
);
