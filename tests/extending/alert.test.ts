import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { alertChannels, builtInAlertChannels } from "../../src/alerts/channels/registry.js";
import { checkDeclaredAlerts } from "../../src/alerts/declared.js";
import { alertEvents, builtInAlertEvents } from "../../src/alerts/events/registry.js";
import { checkAlertRules } from "../../src/cli/doctor/alerts.js";
import { createPool } from "../../src/db/pool.js";
import { collectContradictions } from "../../src/definitions/language/contradictions.js";
import { deployment } from "../../src/definitions/language/deployment.js";
import {
  type AlertRule,
  defineAlertChannel,
  defineAlertEvent,
  isAmong,
  NotTakenError,
  z,
} from "../../src/process/front.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testConfig } from "../support/config.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, JANUARY, learnableMonth, promote, STRONG, trained } from "../support/months.js";
import { until } from "../support/until.js";

const hour = z.int().min(0).max(24);

/** Nobody is at work who would see what comes of it. */
const outOfHours = defineAlertEvent({
  name: "OUT_OF_HOURS",
  description: "A version came to Production when nobody was at work.",
  options: z.strictObject({
    from: hour.default(8).describe("the hour of UTC at which work begins"),
    to: hour.default(18).describe("the hour of UTC at which it ends"),
    models: z.array(z.string()).optional().describe("only these models"),
  }),
  when: {
    of: "move",
    read({ model, version, to: stage, at, actor }, { from, to, models }) {
      const isAtWork = at.getUTCHours() >= from && at.getUTCHours() < to;
      if (stage !== "PRODUCTION" || isAtWork || !isAmong(models, model)) return null;
      return {
        subject: `model ${model}`,
        summary: `version ${version} of ${model} came to Production out of hours, by ${actor}`,
        data: { model, version, actor },
        page: `/models/${encodeURIComponent(model)}/${version}`,
      };
    },
  },
});

/** A file that something else follows, such as a shipper of logs. */
const linesFile = defineAlertChannel({
  name: "LINES_FILE",
  description: "Appends each message to a file, as one line of JSON.",
  options: z.strictObject({ pathFrom: z.string().describe("the variable that holds the file's path") }),
  problem: async ({ pathFrom }, { variable }) => (variable(pathFrom) ? null : `${pathFrom} is not set`),
  async send({ id, message }, { pathFrom }, { variable }, signal) {
    signal.throwIfAborted();
    const path = variable(pathFrom);
    if (!path) throw new NotTakenError(`${pathFrom} is not set`);
    await appendFile(path, `${JSON.stringify({ id, ...message })}\n`).catch(
      (error: NodeJS.ErrnoException) => {
        throw new NotTakenError(`the file cannot be written: ${error.code}`);
      },
    );
  },
});

const NIGHT: AlertRule = {
  name: "night",
  on: { OUT_OF_HOURS: { from: 0, to: 0 } },
  to: { channel: "LINES_FILE", pathFrom: "ALERT_FILE" },
};
const declared = (...alerts: AlertRule[]) => deployment({ ...testing, alerts });

function useOwn(): void {
  alertEvents.use([...builtInAlertEvents, outOfHours]);
  alertChannels.use([...builtInAlertChannels, linesFile]);
}
function useBuiltIn(): void {
  alertEvents.use(builtInAlertEvents);
  alertChannels.use(builtInAlertChannels);
}

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asof-lines-"));
  file = join(folder, "alerts.jsonl");
  vi.stubEnv("ALERT_FILE", file);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  useBuiltIn();
  await rm(folder, { recursive: true, force: true });
});

describe("an event and a channel from outside, in use", () => {
  let app: TestApp;
  beforeAll(async () => {
    useOwn();
    app = await startTestApp({ definitions: declared(NIGHT) });
  });
  afterAll(() => app?.stop());

  const lines = async () => {
    const text = await readFile(file, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  };

  it("tell of what happened, by a rule of the definitions, once", async () => {
    await ingestMonth(app, JANUARY, learnableMonth());
    await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
    await promote(app, 1, { stage: "STAGING" });
    await promote(app, 1);
    await until("it is told", async () => (await lines()).length > 0);
    const { alertDeliveries } = await until("it is written", async () => {
      const found = await app.client.query(
        "{ alertDeliveries { id event channel state phase summary data } }",
      );
      return found.alertDeliveries[0].state === "DELIVERED" ? found : null;
    });
    const told = {
      summary: "version 1 of churn came to Production out of hours, by tester",
      data: { model: "churn", version: 1, actor: "tester" },
    };
    expect(alertDeliveries).toMatchObject([
      { event: "OUT_OF_HOURS", channel: "LINES_FILE", phase: "HAPPENED", ...told },
    ]);
    expect(await lines()).toMatchObject([
      { id: alertDeliveries[0].id, rule: "night", subject: "model churn", page: "/models/churn/1", ...told },
    ]);
  });

  const SET =
    "mutation($input: AlertRuleInput!) { setAlertRule(input: $input) { on params channel options } }";
  const set = (input: Record<string, unknown>) => ({
    input: { name: "own", channel: "LINES_FILE", options: { pathFrom: "ALERT_FILE" }, ...input },
  });

  it("are names of the API, their options with defaults and problems of their own", async () => {
    const input = set({ on: ["OUT_OF_HOURS"], params: { OUT_OF_HOURS: { models: ["other"] } } });
    expect((await app.client.query(SET, input)).setAlertRule).toEqual({
      ...{ on: ["OUT_OF_HOURS"], channel: "LINES_FILE", options: { pathFrom: "ALERT_FILE" } },
      params: { OUT_OF_HOURS: { from: 8, to: 18, models: ["other"] } },
    });
    const refused = (more: Record<string, unknown>) =>
      app.client.error(SET, set({ on: ["OUT_OF_HOURS"], ...more }));
    expect(await refused({ params: { OUT_OF_HOURS: { from: 25 } } })).toMatchObject({
      ...{ code: "BAD_USER_INPUT", message: "OUT_OF_HOURS: from: at most 24 was expected" },
    });
    expect(await refused({ options: { pathFrom: "ALERT_NO_FILE" } })).toMatchObject({
      ...{ code: "BAD_USER_INPUT", message: "to: ALERT_NO_FILE is not set" },
    });
    const described = await app.client.query(
      '{ __type(name: "AlertEvent") { enumValues { name description } } }',
    );
    expect(described.__type.enumValues).toContainEqual({
      name: "OUT_OF_HOURS",
      description: "A version came to Production when nobody was at work.",
    });
  });

  it("are sent a test, dead with the channel's own words where it is not taken, and seen by asof doctor", async () => {
    const test = 'mutation { testAlert(rule: "night") { state lastError } }';
    expect((await app.client.query(test)).testAlert).toEqual({ state: "DELIVERED", lastError: null });
    await writeFile(join(folder, "plain"), "");
    vi.stubEnv("ALERT_FILE", join(folder, "plain", "alerts.jsonl"));
    expect((await app.client.query(test)).testAlert).toEqual({
      state: "DEAD",
      lastError: "the file cannot be written: ENOTDIR",
    });
    vi.stubEnv("ALERT_FILE", "");
    const pool = createPool(app.url, 1);
    const client = await pool.connect();
    const checks = await checkAlertRules(client, declared(NIGHT), testConfig());
    client.release();
    await pool.end();
    expect(checks).toMatchObject([
      { message: "rule night: ALERT_FILE is not set" },
      { message: "rule own: ALERT_FILE is not set" },
    ]);
    vi.stubEnv("ALERT_FILE", file);
  });
});

describe("a rule that names an event or a channel from outside", () => {
  it.each<[string, () => void, AlertRule, string]>([
    ["has no record of the event", useBuiltIn, NIGHT, 'no alert event is named "OUT_OF_HOURS"'],
    ["has no record of the channel", useBuiltIn, NIGHT, 'no alert channel is named "LINES_FILE"'],
    [
      "misspells it",
      useOwn,
      { ...NIGHT, on: { OUT_OF_HOUR: true } },
      'alert "night": no alert event is named "OUT_OF_HOUR"; known: ',
    ],
    [
      "has an option that there is not",
      useOwn,
      { ...NIGHT, on: { OUT_OF_HOURS: { until: 3 } } },
      'alert "night": OUT_OF_HOURS: "until" is unknown',
    ],
    [
      "lacks an option of the channel",
      useOwn,
      { ...NIGHT, to: { channel: "LINES_FILE" } },
      'alert "night": to: pathFrom: a text was expected',
    ],
  ])("refuses the start where it %s", (_, use, rule, message) => {
    use();
    expect(() => collectContradictions((refuse) => checkDeclaredAlerts(declared(rule), refuse))).toThrow(
      message,
    );
  });
});

describe("built-in events and channels", () => {
  it("stand in docs/alerts.md, each with its options", async () => {
    const documented = await readFile("docs/alerts.md", "utf8");
    for (const { name, options } of builtInAlertEvents) {
      const row = documented.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
      const { properties } = z.toJSONSchema(options as z.ZodType, { io: "input" }) as {
        properties: Record<string, unknown>;
      };
      for (const option of Object.keys(properties)) expect(row).toContain(`\`${option}\``);
    }
    for (const { name } of builtInAlertChannels) expect(documented).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
