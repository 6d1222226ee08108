import type { GraphQLSchema } from "graphql";
import { type Act, audited, type ReadState, refused } from "../audit/audited.js";
import { tokenState } from "../auth/token-store.js";
import type { AsofError } from "../errors/errors.js";
import type { RetentionDate } from "../features/snapshot-retention.js";
import type { EventSourceRetention } from "../features/windows/event-retention.js";
import { currentRequest } from "../observability/request-scope.js";
import type { RunRetentionReport } from "../registry/run-retention.js";
import type { Services } from "../services/services.js";
import type { GraphQLContext } from "./context.js";
import { type AskedMutation, roleForField } from "./needs.js";

type Args = Readonly<Record<string, unknown>>;

/** Every mutation that its caller may ask for is on record before it is begun, and before it is answered. */
export function auditMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve!;
    const readState = STATES[field.name];
    field.resolve = (root, args: Args, context: GraphQLContext, info) => {
      const { services } = context;
      const state: ReadState | undefined = readState && (() => readState(services, flat(args)));
      const work = () => resolve(root, args, context, info);
      const on = { answer: answerOf, ...(state ? { state } : {}) };
      const act = actOf({ field, name: info.fieldName, args, context });
      return audited(services.audit, act, work, on);
    };
  }
}

/** And every other one before its caller is told so. */
export const recordRefusal = (asked: AskedMutation, { code }: AsofError): Promise<void> =>
  refused(asked.context.services.audit, actOf(asked), code);

const actOf = ({ field, name, args, context }: AskedMutation): Act => ({
  ...{ actor: context.actor, role: roleForField({ field, args, context }) },
  ...{ requestId: currentRequest()?.id ?? null, action: name, args },
  subject: subjectOf(field.name, flat(args)),
});

/** Arguments, and the fields of the input, side by side. */
const flat = ({ input, ...beside }: Args): Args => ({ ...(input as Args | undefined), ...beside });

const text = (value: unknown): string | null =>
  typeof value === "string" || typeof value === "number" ? String(value) : null;

/** What is acted on, by the arguments that name it. A key of a person is no subject. */
function subjectOf(mutation: string, given: Args): string | null {
  const named = (kind: string, value: unknown) => (text(value) === null ? null : `${kind} ${text(value)}`);
  const version = text(given.version);
  if (/Schedule$/.test(mutation)) return named("schedule", given.name);
  if (/Alert/.test(mutation)) return named("alert", given.name ?? given.rule ?? given.id);
  if (/Token$/.test(mutation)) return named("token", given.name);
  if (text(given.model) !== null) return `model ${given.model}${version ? ` version ${version}` : ""}`;
  return (
    named("run", given.runId ?? given.id) ??
    named("view", given.view) ??
    named("source", given.source) ??
    named("date", given.asOf ?? given.from)
  );
}

/** Of a result what tells it: ids, names and states. Never a secret, never a value. */
const TOLD = [
  ...["id", "name", "model", "version", "stage", "status", "sha256", "accepted", "dryRun", "limit"],
  ...["rule", "state", "outcome"],
];

function answerOf(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return null;
  const of = result as Record<string, unknown>;
  const told = TOLD.filter((name) => ["string", "number", "boolean"].includes(typeof of[name]));
  const answer = Object.fromEntries(told.map((name) => [name, of[name]]));
  // Of a retention what it drops, or would drop.
  if (Array.isArray(of.dates)) return { ...answer, dropped: droppedDates(of.dates) };
  if (isRunRetention(of)) return { ...answer, ...deletedOf(of) };
  return Array.isArray(of.sources) ? { ...answer, dropped: droppedMonths(of.sources) } : answer;
}

const isRunRetention = (of: object): of is RunRetentionReport => "runIds" in of && "bytesFreed" in of;

/** Where they are many, their beginning, and the hash of all. */
const deletedOf = ({ before, runIds, artifacts, bytesFreed, kept, more }: RunRetentionReport) => ({
  ...{ endedBefore: before, runs: runIds.length, runIds, artifacts, bytesFreed, kept, more },
});

const droppedDates = (dates: readonly RetentionDate[]): string[] =>
  dates.flatMap(({ asOf, outcome }) => (outcome === "KEPT" ? [] : [asOf]));

/** By source. */
const droppedMonths = (sources: readonly EventSourceRetention[]): Record<string, string[]> =>
  Object.fromEntries(
    sources.map(({ source, months }) => [
      source,
      months.flatMap(({ month, outcome }) => (outcome === "KEPT" ? [] : [month])),
    ]),
  );

type StateOf = (services: Services, given: Args) => Promise<unknown>;

/** Where versions stand, what names them, and what is said of the model. */
const modelState: StateOf = async ({ models, catalogue }, { model }) => {
  const names = [String(model)];
  const [[found], [serving], [aliases]] = await Promise.all([
    models.findModels(names),
    models.servingVersions(names),
    catalogue.aliases(names, 100),
  ]);
  const { description, tags } = found ?? {};
  return {
    ...{ description, tags },
    stages: serving?.map(({ version, stage }) => ({ version, stage })),
    aliases: aliases?.map(({ alias, version }) => ({ alias, version })),
  };
};

/** And the newest canary, with how it ended if it has: why, the arguments say. */
const canaryState: StateOf = async (services, given) => {
  const [newest] = await services.canaries.list(String(given.model), 1);
  const { version, champion, share, stopRule, outcome, endedBy } = newest ?? {};
  const canary = newest ? { version, champion, share, stopRule, outcome, endedBy } : null;
  return { ...((await modelState(services, given)) as object), canary };
};

/** A version, where the mutation is about one. */
const noteState: StateOf = async (services, given) => {
  const of = await modelState(services, given);
  if (typeof given.version !== "number") return of;
  const found = await services.models.findVersion(String(given.model), given.version);
  const { description, tags, stage } = found ?? {};
  return { ...(of as object), of: found && { version: given.version, description, tags, stage } };
};

const scheduleState: StateOf = async ({ schedules }, { name }) => {
  const found = (await schedules.list()).find((schedule) => schedule.name === name);
  if (!found) return null;
  const { cron, timezone, kind, params, catchUp, paused, actor } = found;
  return { cron, timezone, kind, params, catchUp, paused, actor };
};

const alertState: StateOf = async ({ alerts }, { name }) => {
  const found = (await alerts.rules()).find((rule) => rule.name === name);
  if (!found) return null;
  const { triggers, channel, options, actor } = found;
  return { triggers, channel, options, actor };
};

/** A message that is sent again. */
const deliveryState: StateOf = async ({ alerts }, { id }) => {
  const { rule, event, channel, state, attempts } = await alerts.delivery(String(id));
  return { rule, event, channel, state, attempts };
};

const stateOfToken: StateOf = ({ tokens }, { name }) => tokenState(tokens, name);

const runState: StateOf = async ({ runs }, { id }) => {
  const [run] = await runs.findByIds([String(id)]);
  if (!run) return null;
  const { kind, status, name, tags, note } = run;
  return { kind, status, name, tags, note };
};

/** Of mutations that change what was there: it is read before and after. Others only add something. */
const STATES: Readonly<Record<string, StateOf>> = {
  ...{ promote: modelState, rollback: modelState, setModelAlias: modelState, removeModelAlias: modelState },
  ...{ startCanary: canaryState, endCanary: canaryState },
  ...{ describeModel: noteState, deleteModelVersion: noteState },
  ...{ setSchedule: scheduleState, pauseSchedule: scheduleState, resumeSchedule: scheduleState },
  ...{ setAlertRule: alertState, deleteAlertRule: alertState },
  retryAlertDelivery: deliveryState,
  ...{ deleteSchedule: scheduleState, createToken: stateOfToken, revokeToken: stateOfToken },
  ...{
    updateRun: runState,
    cancelRun: runState,
    retryRun: runState,
    finishRun: runState,
    deleteRun: runState,
  },
};
