import { AsyncLocalStorage } from "node:async_hooks";
import type * as OpenTelemetry from "@opentelemetry/api";

type Attributes = OpenTelemetry.Attributes;
type Api = typeof import("./open-telemetry.js").api;

/** What the environment says of tracing, by OpenTelemetry's own names. */
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

let tracing: { api: Api; tracer: OpenTelemetry.Tracer } | null = null;
const active = new AsyncLocalStorage<OpenTelemetry.Span>();

/**
 * Spans go to OTEL_EXPORTER_OTLP_ENDPOINT from here on, over OTLP/HTTP. Without it nothing of OpenTelemetry is loaded, and
 * what asks for a span pays one comparison.
 * @returns what sends the last spans; null where none are sent
 */
export async function startTracing(
  version: string,
  env = process.env,
): Promise<(() => Promise<void>) | null> {
  if (!ENDPOINTS.some((name) => env[name])) return null;
  const { api, ...open } = await import("./open-telemetry.js");
  const named = open.resourceFromAttributes({
    "service.name": env.OTEL_SERVICE_NAME || "asof",
    "service.version": version,
    "process.pid": process.pid,
  });
  const provider = new open.TracerProvider({
    resource: open.defaultResource().merge(named),
    sampler: new open.ParentBasedSampler({ root: new open.TraceIdRatioBasedSampler(shareOf(env)) }),
    spanProcessors: [new open.BatchSpanProcessor({ exporter: new open.OTLPTraceExporter() })],
  });
  tracing = { api, tracer: provider.getTracer("asof", version) };
  return async () => {
    tracing = null;
    await provider.shutdown();
  };
}

/** A span that its maker ends. */
export interface OpenSpan {
  run<T>(work: () => T): T;
  /** As the next service gets it, and a run that is begun here. */
  traceparent: string;
  end(attributes?: Attributes, error?: unknown): void;
}

/**
 * @param parent a W3C traceparent; absent: the span that this code runs in
 * @returns null where nothing is traced
 */
export function startSpan(name: string, attributes: Attributes, parent?: string | null): OpenSpan | null {
  if (!tracing) return null;
  const { api, tracer } = tracing;
  const span = tracer.startSpan(name, { attributes }, contextOf(api, parent));
  return {
    run: (work) => active.run(span, work),
    traceparent: traceparentOf(span.spanContext()),
    end: (more = {}, error) => {
      span.setAttributes(more);
      if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: codeOf(error) });
      span.end();
    },
  };
}

/** `work` within a span, which says whether it failed, and with what code: no message, it may quote what was sent. */
export function inSpan<T>(
  name: string,
  attributes: () => Attributes,
  work: () => Promise<T>,
  parent?: string | null,
): Promise<T> {
  if (!tracing) return work();
  const span = startSpan(name, attributes(), parent)!;
  return span.run(work).then(
    (result) => {
      span.end();
      return result;
    },
    (error) => {
      span.end({ "error.type": codeOf(error) }, error);
      throw error;
    },
  );
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The header, if it is one of W3C Trace Context, level 1; undefined of any other. */
export function parseTraceparent(header: unknown): string | undefined {
  const [, traceId, spanId] = (typeof header === "string" && TRACEPARENT.exec(header)) || [];
  return traceId && spanId && /[^0]/.test(traceId) && /[^0]/.test(spanId) ? (header as string) : undefined;
}

function contextOf(api: Api, parent: string | null | undefined): OpenTelemetry.Context {
  const [, traceId, spanId, flags] = (parent && TRACEPARENT.exec(parent)) || [];
  if (traceId && spanId && flags) {
    const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
    return api.trace.setSpanContext(api.ROOT_CONTEXT, remote);
  }
  const span = active.getStore();
  return span ? api.trace.setSpan(api.ROOT_CONTEXT, span) : api.ROOT_CONTEXT;
}

const traceparentOf = ({ traceId, spanId, traceFlags }: OpenTelemetry.SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;

const codeOf = (error: unknown): string =>
  String((error as { code?: unknown } | null)?.code ?? "INTERNAL_SERVER_ERROR");

/** OTEL_TRACES_SAMPLER_ARG: the share of traces begun here that are kept; a caller's traceparent has its own sampling decision. */
function shareOf({ OTEL_TRACES_SAMPLER_ARG: share }: NodeJS.ProcessEnv): number {
  const number = Number(share);
  return share && number >= 0 && number <= 1 ? number : 1;
}
