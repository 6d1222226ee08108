import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { builtInRunKinds, runKinds } from "../../../src/jobs/run-kinds.js";
import {
  BadUserInputError,
  nothingToCleanUp,
  outcome,
  runKind,
  trainsNothing,
} from "../../../src/process/front.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../../support/delivery.js";
import { tracesIn } from "../../support/traces.js";
import { until } from "../../support/until.js";

const JANUARY = "2024-01-31";
const [GONE, HERE] = ["VICTIM-REFUSED", "VICTIM-STAYS"];
const refusalOf = (userId: string) => `the row of ${JSON.stringify(userId)} is infinite`;

/** Whom the next run finds, and what lets it go on to say so. */
let found = HERE;
let gate = Promise.resolve();
let isWaiting = false;

/** Reads rows, and a while later refuses one of them. */
const refuseRow = runKind({
  name: "REFUSE_ROW",
  description: "Refuses a row.",
  queue: "asof_export",
  schedulable: false,
  fillsOnlineStore: false,
  holds: "nothing",
  mutation: { name: "refuseRow", description: "Refuses a row.", role: "operator", input: null, beside: [] },
  request: () => z.strictObject({}),
  params: z.object({}),
  pin: async () => ({}),
  execute: async ({ step }) => {
    await step("read", async () => {
      isWaiting = true;
      await gate;
      throw new BadUserInputError(refusalOf(found), { key: found });
    });
    return {};
  },
  outcome: outcome({
    type: "RefuseOutcome",
    description: "Nothing.",
    stored: { rows: z.int() },
    fields: { rows: z.int().describe("None.") },
    read: (stored) => stored,
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

describe("a run that refuses a row", () => {
  let app: TestApp;
  beforeAll(async () => {
    runKinds.use([...builtInRunKinds, refuseRow]);
    app = await startTestApp();
    writeDelivery(app.dataDir, "month", smallDelivery([...userIds(10), GONE, HERE]));
    expect((await app.client.ingest("month", JANUARY)).error).toBeNull();
  });
  afterAll(async () => {
    await app?.stop();
    runKinds.use(builtInRunKinds);
  });

  const begin = async (mutation: string): Promise<string> =>
    (await app.client.query(`mutation { run: ${mutation} { id } }`)).run.id;

  it("names it where nobody was erased meanwhile", async () => {
    const run = await app.client.finished(await begin("refuseRow"));
    expect(run.error).toMatchObject({ code: "BAD_USER_INPUT", message: refusalOf(HERE), step: "read" });
  });

  it("does not name who was erased between the reading and the refusal", async () => {
    found = GONE;
    isWaiting = false;
    let letGo = () => {};
    gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const refusing = await begin("refuseRow");
    await until("its rows are read", () => isWaiting);
    const erased = await app.client.finished(await begin(`eraseUser(userId: "${GONE}", reason: "asked")`));
    expect(erased).toMatchObject({ status: "SUCCEEDED", error: null });
    letGo();
    const run = await app.client.finished(refusing);
    expect(run.error).toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/^somebody was erased while the run was under way, .* retryRun does/),
      step: "read",
    });
    // Not in the run, its step and events, and not in what the engine keeps of it.
    expect(await tracesIn(app, [GONE])).toEqual([]);
  });

  it("names a row again in a run that began after the erasure", async () => {
    found = HERE;
    const run = await app.client.finished(await begin("refuseRow"));
    expect(run.error?.message).toBe(refusalOf(HERE));
  });
});
