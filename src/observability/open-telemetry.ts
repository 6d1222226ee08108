// What tracing needs of OpenTelemetry, loaded where spans are sent. Its packages are CommonJS, whose names a bundle has for a
// static import only.
export * as api from "@opentelemetry/api";
export { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
export { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
export {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
