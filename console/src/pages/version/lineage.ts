import type { VersionQuery } from "../../graphql/graphql.js";
import { fieldOf, formatBytes, formatNumber, inWords } from "../../parts/format.js";
import type { LineageNode, LineageStage } from "../../parts/lineage-lines.js";

type VersionData = NonNullable<VersionQuery["modelVersion"]>;

/** One logged answer of the version. */
export interface LoggedAnswer {
  label: string;
  detail: string;
  featuresSha256: string;
  to: string;
}

/** What a version answered, what it was made by, and from which bytes. */
export function lineageOf(version: VersionData, answers: readonly LoggedAnswer[]): LineageStage[] {
  const { model, run, snapshots, sha256 } = version;
  const address = `/models/${encodeURIComponent(model)}`;
  const files = new Map<string, LineageNode>();
  const snapshotNodes = snapshots.map((snapshot): LineageNode => {
    const ingest = `/runs/${snapshot.run.id}`;
    for (const { name, bytes, rowCount, sha256 } of snapshot.sources) {
      // Two deliveries may hold the very same file.
      if (files.has(sha256)) continue;
      files.set(sha256, {
        id: `file ${sha256}`,
        label: name,
        detail: [
          ...(snapshots.length > 1 ? [snapshot.asOf] : []),
          ...[`${formatNumber(rowCount)} rows`, formatBytes(bytes)],
        ].join(", "),
        hash: { kind: "SHA-256", value: sha256 },
        to: ingest,
        from: [],
      });
    }
    return {
      id: snapshot.id,
      label: `${snapshot.asOf} revision ${snapshot.revision}`,
      detail: `${formatNumber(snapshot.rowCount)} rows${snapshot.state === "PUBLISHED" ? "" : `, ${inWords(snapshot.state).toLowerCase()}`}`,
      hash: { kind: "SHA-256", value: snapshot.contentSha256 },
      to: `/snapshots/${snapshot.asOf}?revision=${snapshot.revision}`,
      from: [...new Set(snapshot.sources.map(({ sha256 }) => `file ${sha256}`))],
    };
  });
  return [
    {
      title: "Predictions",
      nodes: [
        ...answers.map(({ label, detail, featuresSha256, to }, index) => ({
          id: `answer ${index}`,
          label,
          detail,
          hash: featuresSha256 ? { kind: "features", value: featuresSha256 } : null,
          to,
          from: [version.id],
        })),
        {
          id: "answers",
          label: "Prediction log",
          detail:
            answers.length > 0
              ? "The newest answers of this version are above"
              : "No answer of this version is in it",
          hash: sha256 ? { kind: "by model", value: sha256 } : null,
          to: `/predictions?model=${encodeURIComponent(model)}`,
          from: [version.id],
        },
      ],
    },
    {
      title: "Version",
      nodes: [
        {
          id: version.id,
          label: `${model} version ${version.version}`,
          detail: [inWords(version.stage), ...(version.bytes ? [formatBytes(version.bytes)] : [])].join(", "),
          hash: sha256 ? { kind: "SHA-256", value: sha256 } : null,
          to: `${address}/${version.version}`,
          from: run ? [run.id] : [],
        },
      ],
    },
    {
      title: "Run",
      nodes: run
        ? [
            {
              id: run.id,
              label: inWords(run.kind),
              detail: `${run.id.slice(0, 8)}, by ${run.actor}`,
              hash: codeOf(run),
              to: `/runs/${run.id}`,
              from: snapshots.map(({ id }) => id),
            },
          ]
        : [],
    },
    { title: snapshots.length > 1 ? "Snapshots" : "Snapshot", nodes: snapshotNodes },
    { title: "Files", nodes: [...files.values()] },
  ];
}

/** What ran: the commit of the code, outside a clone the definitions. */
function codeOf({ gitCommit, environment }: NonNullable<VersionData["run"]>): LineageNode["hash"] {
  if (gitCommit) return { kind: "commit", value: gitCommit };
  const sha256 = fieldOf(environment, "definitionsSha256");
  return typeof sha256 === "string" ? { kind: "definitions", value: sha256 } : null;
}
