import { VERSION } from "../values/version.js";

/** A part of an event with a schema of its own. */
export type LineageFacet = Readonly<Record<string, unknown>> & {
  readonly _producer: string;
  readonly _schemaURL: string;
};

/** Who writes the events: a URI, which need not be an address. */
export const LINEAGE_PRODUCER = `urn:asof:${VERSION}`;
const SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json";
export const RUN_EVENT_SCHEMA = `${SPEC}#/$defs/RunEvent`;

/** Facets of OpenLineage that are sent, each with the version of its schema. */
const FACET_VERSIONS = {
  SchemaDatasetFacet: "1-2-0",
  DatasetVersionDatasetFacet: "1-0-1",
  DatasourceDatasetFacet: "1-0-1",
  DataQualityMetricsInputDatasetFacet: "1-0-3",
  DataQualityAssertionsDatasetFacet: "1-1-0",
  OutputStatisticsOutputDatasetFacet: "1-0-2",
  ProcessingEngineRunFacet: "1-1-1",
  NominalTimeRunFacet: "1-0-1",
  ParentRunFacet: "1-2-0",
  ErrorMessageRunFacet: "1-0-1",
  JobTypeJobFacet: "2-0-4",
} as const;

export const lineageFacet = (
  type: keyof typeof FACET_VERSIONS,
  fields: Readonly<Record<string, unknown>>,
): LineageFacet => ({
  _producer: LINEAGE_PRODUCER,
  _schemaURL: `https://openlineage.io/spec/facets/${FACET_VERSIONS[type]}/${type}.json#/$defs/${type}`,
  ...fields,
});

/** One of asof's own, which has what every facet of a run has. */
export const ownRunFacet = (fields: Readonly<Record<string, unknown>>): LineageFacet => ({
  _producer: LINEAGE_PRODUCER,
  _schemaURL: `${SPEC}#/$defs/RunFacet`,
  ...fields,
});
