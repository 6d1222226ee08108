import type { ExpectationResult } from "../registry/run.js";
import { type LineageFacet, lineageFacet } from "./facets.js";

/** What a run read or made. */
export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Readonly<Record<string, LineageFacet>>;
  readonly inputFacets?: Readonly<Record<string, LineageFacet>>;
  readonly outputFacets?: Readonly<Record<string, LineageFacet>>;
}

/** A file, or the rows of a query, that was delivered. */
export interface LineageFile {
  /** The name it was delivered under, or its source's. */
  readonly name: string;
  readonly delivery: string;
  /** Where the definitions had it come from; null: the folder that the ingest named. */
  readonly from: string | null;
  /** The rows of a query, of the database that the variable `from` names. */
  readonly isQuery: boolean;
  /** Null: it was refused, and nothing of it is kept. */
  readonly content: { readonly bytes: number; readonly rowCount: number; readonly sha256: string } | null;
  readonly expectations: readonly ExpectationResult[];
}

/** A part of a snapshot, as the snapshot says it. */
export interface LineagePart {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rowCount: number;
  /** Of the snapshot whose rows these are. */
  readonly asOf: string;
  readonly revision: number;
}

export interface LineageVersion {
  readonly model: string;
  readonly version: number;
  readonly bytes: number | null;
}

/** A file that a run wrote. */
export interface LineageExport {
  readonly runId: string;
  /** `exports.<model>`, or `joins.<service>`. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
}

/** A file that a client sent for a run to read, by its bytes: its name is the client's own. */
export interface LineageUpload {
  readonly sha256: string;
}

/** The online values of a view. */
export interface LineageView {
  readonly name: string;
  readonly written: number;
}

const schemaOf = (columns: readonly { name: string; type?: string }[]): LineageFacet =>
  lineageFacet("SchemaDatasetFacet", { fields: columns.map(({ name, type }) => ({ name, type })) });

const versionOf = (version: string): LineageFacet =>
  lineageFacet("DatasetVersionDatasetFacet", { datasetVersion: version });

const statisticsOf = (counts: { rowCount?: number; size?: number; fileCount?: number }) => ({
  outputStatistics: lineageFacet("OutputStatisticsOutputDatasetFacet", counts),
});

export function fileDataset(namespace: string, file: LineageFile): LineageDataset {
  const { content, expectations } = file;
  const { uri, ...place } = placeOf(namespace, file);
  return {
    ...place,
    facets: {
      dataSource: lineageFacet("DatasourceDatasetFacet", { name: place.namespace, uri }),
      ...(content && { version: versionOf(content.sha256) }),
    },
    inputFacets: {
      ...(content && {
        dataQualityMetrics: lineageFacet("DataQualityMetricsInputDatasetFacet", {
          ...{ rowCount: content.rowCount, bytes: content.bytes, columnMetrics: {} },
        }),
      }),
      ...(expectations.length > 0 && { dataQualityAssertions: assertionsOf(expectations) }),
    },
  };
}

/** As OpenLineage names datasets: a bucket is a namespace of its own. */
function placeOf(namespace: string, { name, delivery, from, isQuery }: LineageFile) {
  if (from === null) return within(namespace, `deliveries/${delivery}/${name}`);
  if (isQuery) return within(namespace, `queries/${from}/${name}`);
  const bucket = /^(s3:\/\/[^/]+)\/+(.+)$/.exec(from);
  if (!bucket) return within(namespace, from);
  return { namespace: bucket[1]!, name: bucket[2]!, uri: encodeURI(from) };
}

export const uploadDataset = (namespace: string, { sha256 }: LineageUpload): LineageDataset => ({
  namespace,
  name: `artifacts/${sha256}`,
  facets: { version: versionOf(sha256) },
});

const within = (namespace: string, name: string) => ({ namespace, name, uri: `asof:${encodeURI(name)}` });

/** Which of them hold; what was observed may be a value of somebody's, and is left out. */
const assertionsOf = (expectations: readonly ExpectationResult[]): LineageFacet =>
  lineageFacet("DataQualityAssertionsDatasetFacet", {
    assertions: expectations.map(({ expectation, success, column, severity }) => ({
      ...{ assertion: expectation, success, severity: severity === "ERROR" ? "error" : "warn" },
      ...(column !== null && { column }),
    })),
  });

/** Each part by itself: its columns are of one table, and its version is that of the snapshot that brought its rows. */
export const partDataset = (
  namespace: string,
  { name, columns, rowCount, asOf, revision }: LineagePart,
  as: "input" | "output",
): LineageDataset => ({
  namespace,
  name: `snapshots.${name}`,
  facets: { schema: schemaOf(columns), version: versionOf(`${asOf}/${revision}`) },
  ...(as === "output" && { outputFacets: statisticsOf({ rowCount }) }),
});

export const viewDataset = (namespace: string, { name, written }: LineageView): LineageDataset => ({
  namespace,
  name: `online.${name}`,
  facets: {},
  outputFacets: statisticsOf({ rowCount: written }),
});

export const modelDataset = (
  namespace: string,
  { model, version, bytes }: LineageVersion,
): LineageDataset => ({
  namespace,
  name: `models.${model}`,
  facets: { version: versionOf(String(version)) },
  ...(bytes !== null && { outputFacets: statisticsOf({ size: bytes }) }),
});

export const exportDataset = (
  namespace: string,
  { runId, name, columns, rows, bytes, files }: LineageExport,
): LineageDataset => ({
  namespace,
  name,
  facets: { schema: schemaOf(columns.map((name) => ({ name }))), version: versionOf(runId) },
  outputFacets: statisticsOf({ rowCount: rows, size: bytes, fileCount: files }),
});
