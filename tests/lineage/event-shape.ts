import { z } from "zod";
import type { LineageEvent } from "../../src/lineage/lineage-event.js";

/** OpenLineage 2-0-2 as its specification reads, and strict: a field that it does not know is refused, as is a facet that is none of these. */
const uri = z.string().regex(/^[a-z][a-z0-9+.-]*:\S+$/);
const instant = z.iso.datetime();
const named = { namespace: z.string().min(1), name: z.string().min(1) };
const count = z.int().min(0);

const facet = (type: string, version: string, fields: z.ZodRawShape) =>
  z.strictObject({
    _producer: uri,
    _schemaURL: z.literal(`https://openlineage.io/spec/facets/${version}/${type}.json#/$defs/${type}`),
    ...fields,
  });

const runFacets = z.strictObject({
  processing_engine: facet("ProcessingEngineRunFacet", "1-1-1", { version: z.string(), name: z.string() }),
  nominalTime: facet("NominalTimeRunFacet", "1-0-1", { nominalStartTime: instant }).optional(),
  parent: facet("ParentRunFacet", "1-2-0", {
    run: z.strictObject({ runId: z.uuid() }),
    job: z.strictObject(named),
  }).optional(),
  errorMessage: facet("ErrorMessageRunFacet", "1-0-1", {
    message: z.string(),
    programmingLanguage: z.string(),
  }).optional(),
  asof_sourceCode: z
    .strictObject({
      _producer: uri,
      _schemaURL: z.literal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"),
      type: z.literal("git"),
      version: z.string(),
    })
    .optional(),
});

const datasetFacets = z.strictObject({
  schema: facet("SchemaDatasetFacet", "1-2-0", {
    fields: z.array(z.strictObject({ name: z.string(), type: z.string().optional() })).min(1),
  }).optional(),
  version: facet("DatasetVersionDatasetFacet", "1-0-1", { datasetVersion: z.string().min(1) }).optional(),
  dataSource: facet("DatasourceDatasetFacet", "1-0-1", { name: z.string(), uri }).optional(),
});

const input = z.strictObject({
  ...named,
  facets: datasetFacets,
  inputFacets: z
    .strictObject({
      dataQualityMetrics: facet("DataQualityMetricsInputDatasetFacet", "1-0-3", {
        ...{ rowCount: count, bytes: count },
        columnMetrics: z.strictObject({}),
      }).optional(),
      dataQualityAssertions: facet("DataQualityAssertionsDatasetFacet", "1-1-0", {
        assertions: z
          .array(
            z.strictObject({
              ...{ assertion: z.string(), success: z.boolean(), column: z.string().optional() },
              severity: z.enum(["error", "warn"]),
            }),
          )
          .min(1),
      }).optional(),
    })
    .optional(),
});

const output = z.strictObject({
  ...named,
  facets: datasetFacets,
  outputFacets: z
    .strictObject({
      outputStatistics: facet("OutputStatisticsOutputDatasetFacet", "1-0-2", {
        ...{ rowCount: count.optional(), size: count.optional(), fileCount: count.optional() },
      }),
    })
    .optional(),
});

const runEvent = z.strictObject({
  eventTime: instant,
  eventType: z.enum(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT"]),
  producer: uri,
  schemaURL: z.literal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"),
  run: z.strictObject({ runId: z.uuid(), facets: runFacets }),
  job: z.strictObject({
    ...named,
    facets: z.strictObject({
      jobType: facet("JobTypeJobFacet", "2-0-4", {
        processingType: z.literal("BATCH"),
        ...{ integration: z.string(), jobType: z.string() },
      }),
    }),
  }),
  inputs: z.array(input),
  outputs: z.array(output),
});

/** What is wrong with an event, by place; empty: nothing. */
export const problemsOf = (event: LineageEvent): string[] =>
  (runEvent.safeParse(event).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
