import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Act, asked, type End, ended, refused, toldOf } from "../audit/audited.js";
import { AsofError } from "../errors/errors.js";
import type { Services } from "../services/services.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What it is on record with as long as it has no answer; null: nothing. */
    audited: { act: Act; id: string; error: unknown; answer: unknown } | null;
  }
  interface FastifyContextConfig {
    /** It is on record whoever it asks for and though it changes nothing: what it answers with leaves. */
    onRecord?: boolean;
  }
}

/**
 * A request to a route that writes is on record before its handler runs and before it is answered: routes of asof's own and of every
 * protocol. GraphQL's mutations are by their fields. Register it before the routes.
 */
export function registerAudit(app: FastifyInstance, { audit }: Pick<Services, "audit">): void {
  app.decorateRequest("audited", null);
  app.addHook("preHandler", async (request) => {
    if (!writes(request)) return;
    const act = actOf(request);
    request.audited = { act, id: await asked(audit, act), error: null, answer: undefined };
  });
  app.addHook("onError", async (request, _reply, error) => {
    if (request.audited) request.audited.error = error;
  });
  app.addHook("onSend", async (request, { statusCode }, payload) => {
    if (!request.audited) return payload;
    const { act, id, error, answer } = request.audited;
    // What comes of a failure to write it is sent without.
    request.audited = null;
    await ended(audit, act, id, endOf(statusCode, { error, answer }, act));
    return payload;
  });
}

/** What its last entry says of a request that is done: what it was about, where the request itself does not say it, and what came of it. */
export function recordAnswer({ audited }: FastifyRequest, subject: string, answer: unknown): void {
  if (!audited) return;
  audited.act = { ...audited.act, subject };
  audited.answer = answer;
}

/** One whose caller is known, and may not use the route. */
export async function recordRefused(audit: Services["audit"], request: FastifyRequest): Promise<void> {
  if (writes(request)) await refused(audit, actOf(request), "FORBIDDEN");
}

/** By what it asks for: viewers read. GraphQL's fields say so each for itself. */
function writes({ method, routeOptions: { config } }: FastifyRequest): boolean {
  const { rule, onRecord } = config;
  if (onRecord) return true;
  return (rule === "operator" || rule === "admin") && method !== "GET" && method !== "HEAD";
}

function actOf(request: FastifyRequest): Act {
  const { method, routeOptions, id, params, query, body, heldRole: role } = request;
  const { actor } = request.identity;
  const sent = { ...own(params), ...own(query), ...own(body) };
  return {
    ...{ actor, role, requestId: id, action: `${method} ${routeOptions.url}` },
    ...{ subject: subjectOf(routeOptions.url ?? "", sent), args: sent },
  };
}

/** Of a file that is the body there is nothing to keep. */
function own(part: unknown): Record<string, unknown> {
  if (typeof part !== "object" || part === null || Array.isArray(part) || Buffer.isBuffer(part)) return {};
  return "pipe" in part && typeof part.pipe === "function" ? {} : { ...part };
}

/** By the names that the protocols give what they act on. */
function subjectOf(url: string, sent: Record<string, unknown>): string | null {
  const named = (kind: string, ...values: unknown[]) => {
    const value = values.find((each) => typeof each === "string" || typeof each === "number");
    return value === undefined ? null : `${kind} ${value}`;
  };
  const version = typeof sent.version === "string" ? ` version ${sent.version}` : "";
  if (/^\/models\/|\/(registered-models|model-versions)\//.test(url)) {
    const model = named("model", sent.name, sent.model_name, sent.model);
    return model && model + version;
  }
  const run =
    named("run", sent.run_id, sent.run_uuid) ?? (url.startsWith("/runs/") ? named("run", sent.id) : null);
  return (
    run ??
    named("logged model", sent.model_id) ??
    named("experiment", sent.experiment_id) ??
    named("view", sent.push_source_name, sent.feature_view_name) ??
    named("file", sent["*"])
  );
}

function endOf(
  statusCode: number,
  { error, answer }: { error: unknown; answer: unknown },
  { args }: Act,
): End {
  if (statusCode < 400)
    return { outcome: "DONE", code: null, details: answer === undefined ? {} : { answer } };
  const outcome = statusCode < 500 ? "REFUSED" : "FAILED";
  if (error instanceof AsofError) return { outcome, code: error.code, details: toldOf(error, args) };
  return { outcome, code: `HTTP ${statusCode}`, details: {} };
}
