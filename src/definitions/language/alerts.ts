import { z } from "zod";
import { CANARY_OUTCOMES } from "../../values/canary.js";
import { shapeProblem } from "../../values/shape-problem.js";
import { about, type Refuse } from "./contradictions.js";

/** Who is told of what. Secrets stand in variables of the environment, whose names begin with `ALERT_`. */
export interface AlertRule {
  /** Letters, digits, blanks, dots, dashes and underscores. */
  readonly name: string;
  readonly on: AlertTriggers;
  readonly to: AlertReceiver;
}

/** What is told, each event with its options; `true`: with their defaults. */
export interface AlertTriggers {
  readonly RUN_FAILED?: true | z.input<typeof runFailedOptions>;
  readonly DRIFT?: true | z.input<typeof driftOptions>;
  readonly QUARANTINE_SHARE?: true | z.input<typeof quarantineOptions>;
  readonly PROMOTED?: true | z.input<typeof promotedOptions>;
  readonly ROLLED_BACK?: true | z.input<typeof ofModels>;
  readonly CANARY_ENDED?: true | z.input<typeof canaryEndedOptions>;
  readonly VIEW_STALE?: true | z.input<typeof staleOptions>;
  readonly PRODUCTION_UNSERVABLE?: true | z.input<typeof ofModels>;
  /** An event from outside, by its name, with its options. */
  readonly [outside: `${string}_${string}`]: unknown;
}

/** Through which channel, and the options of that. */
export type AlertReceiver =
  | ({ readonly channel: "WEBHOOK" } & Readonly<z.input<typeof webhookOptions>>)
  | ({ readonly channel: "EMAIL" } & Readonly<z.input<typeof emailOptions>>)
  | { readonly channel: `${string}_${string}`; readonly [option: string]: unknown };

const names = z.array(z.string().min(1).max(200)).min(1).max(100);
const share = z.number().min(0).max(1);

/** Options of events that are about models. */
export const ofModels = z.strictObject({
  models: names.optional().describe("only these models"),
});

export const runFailedOptions = z.strictObject({
  kinds: names.optional().describe("only runs of these kinds"),
});
export const driftOptions = ofModels.extend({
  above: share
    .optional()
    .describe("the share of drifted features above which it is told; that of the model's driftPolicy, or 0"),
});
export const quarantineOptions = z.strictObject({
  sources: names.optional().describe("only these sources"),
  above: share.default(0).describe("the share of a file's rows above which it is told"),
});
export const STAGES = ["STAGING", "PRODUCTION", "ARCHIVED"] as const;
export const promotedOptions = ofModels.extend({
  stages: z.array(z.enum(STAGES)).min(1).default(["PRODUCTION"]).describe("only into these stages"),
});
export const canaryEndedOptions = ofModels.extend({
  outcomes: z
    .array(z.enum(CANARY_OUTCOMES))
    .min(1)
    .default(["STOPPED", "SUPERSEDED"])
    .describe("only those that ended so; what nobody asked for, unless given"),
});
export const staleOptions = z.strictObject({
  views: names.optional().describe("only these feature views"),
});

/** A variable of the environment that holds a secret: no rule can read what is none of alerts. */
const variable = z
  .string()
  .regex(
    /^ALERT_[A-Z0-9_]{1,100}$/,
    "a variable's name such as ALERT_SECRET was expected, in capital letters",
  );

export const FORMATS = ["ASOF", "SLACK"] as const;
export const webhookOptions = z
  .strictObject({
    url: z.string().max(2_000).optional().describe("where it is posted"),
    urlFrom: variable
      .optional()
      .describe("the variable that holds where it is posted, where that is a secret"),
    secret: variable
      .optional()
      .describe("the variable that holds the secret it is signed with; needed by ASOF"),
    previousSecret: variable
      .optional()
      .describe("the variable of the secret before, while receivers change over: both sign"),
    format: z.enum(FORMATS).default("ASOF").describe("ASOF, or SLACK for an incoming webhook of Slack"),
  })
  .superRefine(({ url, urlFrom, secret, previousSecret, format }, { addIssue }) => {
    if ((url === undefined) === (urlFrom === undefined)) addIssue("either url or urlFrom was expected");
    if (url !== undefined) {
      const problem = webhookUrlProblem(url);
      if (problem) addIssue({ code: "custom", path: ["url"], message: problem });
    }
    if (format === "ASOF" && secret === undefined)
      addIssue({
        code: "custom",
        path: ["secret"],
        message: "the variable that holds the secret was expected",
      });
    if (previousSecret !== undefined && secret === undefined)
      addIssue({ code: "custom", path: ["previousSecret"], message: "a secret beside it was expected" });
  });

/** Null: alerts can be posted there. It is not repeated: it may be a secret. */
export function webhookUrlProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:\/\//i.test(text)) return "a URL that begins with https:// or http:// was expected";
  if (url.username || url.password)
    return "a URL without user and password was expected; keep it in a variable, named by urlFrom";
  return null;
}

/** No line break, comma or angle bracket: an address is one address, and nothing of a header. */
const address = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/,
    "an e-mail address was expected",
  );
export const emailOptions = z.strictObject({
  to: z.array(address).min(1).max(50).describe("the addresses it is sent to"),
});

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;

/** Why no rule can be called so, or null. */
export const alertNameProblem = (name: unknown): string | null =>
  typeof name === "string" && NAME.test(name)
    ? null
    : `up to 100 letters, digits, blanks, dots, dashes and underscores were expected; got ${JSON.stringify(String(name).slice(0, 120))}`;

/** What is wrong with the names of rules; their events and channels are checked against the records that are there. */
export function checkAlerts(alerts: readonly AlertRule[], report: Refuse): void {
  const seen = new Set<string>();
  for (const { name } of alerts) {
    const refuse = about(`alert ${JSON.stringify(name)}`, report);
    const problem = alertNameProblem(name);
    if (problem) refuse(`name: ${problem}`);
    if (seen.has(name)) refuse("two rules have this name");
    seen.add(name);
  }
}

/**
 * Options as they are used, with their defaults.
 * @returns null where they cannot be used; `refuse` was told what and why
 */
export function readAlertOptions<Options>(
  shape: z.ZodType<Options>,
  given: unknown,
  refuse: Refuse,
): Options | null {
  const read = shape.safeParse(given === true ? {} : given);
  if (read.success) return read.data;
  for (const issue of read.error.issues)
    refuse(`${issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${shapeProblem(issue)}`);
  return null;
}
