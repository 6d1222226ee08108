import { z } from "zod";
import { SEES_PERSONAL } from "../../auth/personal-access.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { PersonalColumns } from "../../definitions/language/personal.js";
import { PersonalValuesError } from "../../errors/auth-errors.js";
import { BadUserInputError } from "../../errors/errors.js";
import { offlineEngines } from "../../features/offline/registry.js";
import { formatOf } from "../../ingest/formats/registry.js";
import { calendarDate, named } from "../../inputs/fields.js";
import type { Pinning } from "../run-kind.js";
import { joinedFeatures } from "./joined-columns.js";

const JOIN_FORMATS = ["PARQUET", "ARROW"] as const;
export type JoinFormat = (typeof JOIN_FORMATS)[number];

/** Where the answer goes: to the database, as the run's artifact, or to the lake, as files beside one another. */
const JOIN_TARGETS = ["ARTIFACT", "LAKE"] as const;

/** The artifact that lists the files which a join wrote to the lake. */
export const JOIN_MANIFEST = { name: "features.json", mediaType: "application/json" };

/** What an answer in each format is. */
export const JOINED_FILES: Readonly<Record<JoinFormat, { name: string; mediaType: string }>> = {
  PARQUET: { name: "features.parquet", mediaType: "application/vnd.apache.parquet" },
  ARROW: { name: "features.arrow", mediaType: "application/vnd.apache.arrow.stream" },
};

/** How a file is joined, wherever it comes from. */
export const joinOptions = {
  service: z
    .string()
    .nullish()
    .describe("The feature service whose features are joined, and about whose entity the keys are."),
  entity: z
    .string()
    .nullish()
    .describe(
      "Whose keys the file has, where no service says it; that of the deployment's first service unless given.",
    ),
  features: z
    .array(z.string())
    .nullish()
    .describe(
      "snake_case names, in the order of the columns; unless given, all of the service or entity that the caller may see.",
    ),
  asOfColumn: z
    .string()
    .min(1)
    .max(100)
    .default("as_of")
    .describe("The column of the rows' dates, or of timestamps, which ask for their date in UTC."),
  asOf: calendarDate().nullish().describe("The date of every row; the file then has no such column."),
  knownAt: z.iso
    .datetime({ offset: true })
    .nullish()
    .describe(
      "What had been recorded by then, of every row that says no other in the column known_at: 2024-02-01T00:00:00Z.",
    ),
  format: named(z.enum(JOIN_FORMATS), { type: "JoinFormat" }).default("PARQUET").describe("Of the answer."),
  statuses: z
    .boolean()
    .default(false)
    .describe("Whether a column <feature>__status says why each empty value is empty."),
  engine: z
    .string()
    .nullish()
    .describe(
      "What joins: postgres, duckdb or spark; what OFFLINE_ENGINE says unless given. All give the same rows.",
    ),
  to: named(z.enum(JOIN_TARGETS), { type: "JoinTarget" })
    .default("ARTIFACT")
    .describe("Where the answer goes."),
};
export const joinOptionsShape = z.object(joinOptions);
export type JoinOptions = z.infer<typeof joinOptionsShape>;

export const joinRequest = () =>
  z.strictObject({
    runId: named(z.uuid(), { type: "ID" }).describe("The run whose artifact the file is."),
    artifact: z
      .string()
      .min(1)
      .describe(
        "The file of keys and dates, by its name: .csv, .jsonl, .parquet or .arrow at its end says what it is.",
      ),
    ...joinOptions,
  });

export const joinParams = z.object({
  sha256: z.string(),
  /** Of the file, by the name of its format. */
  fileFormat: z.string(),
  service: z.string().nullable(),
  entity: z.string(),
  features: z.array(z.string()),
  asOfColumn: z.string(),
  asOf: z.string().nullable(),
  knownAt: z.string().nullable(),
  format: z.enum(JOIN_FORMATS),
  statuses: z.boolean(),
  // Absent of runs that an earlier release began.
  engine: z.string().nullable().default(null),
  to: z.enum(JOIN_TARGETS).default("ARTIFACT"),
});
export type JoinParams = z.infer<typeof joinParams>;
export type PinnedJoin = Omit<JoinParams, "sha256" | "fileFormat">;

/**
 * All but the file.
 * @throws {BadUserInputError} there is no such service, entity, feature or engine; the date is in the future
 * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
 */
export function pinJoinOptions(
  definitions: Deployment,
  options: JoinOptions,
  masked: PersonalColumns | null,
): PinnedJoin {
  const { entity, features } = joinedFeatures(definitions, options, masked);
  if (options.engine) offlineEngines.get(options.engine);
  if (options.to === "LAKE" && options.format !== "PARQUET")
    throw new BadUserInputError(`format: the lake has Parquet files; got ${options.format}`);
  const today = new Date().toISOString().slice(0, 10);
  if (options.asOf && options.asOf > today) {
    throw new BadUserInputError(`asOf: ${options.asOf} is in the future; today is ${today} in UTC`);
  }
  return {
    service: options.service ?? null,
    entity: entity.name,
    features: features.map(({ name }) => name),
    asOfColumn: options.asOfColumn,
    asOf: options.asOf ?? null,
    knownAt: options.knownAt ?? null,
    format: options.format,
    statuses: options.statuses,
    engine: options.engine ?? null,
    to: options.to,
  };
}

/**
 * @throws {BadUserInputError} the run has no such artifact, or it is of no known format
 * @throws {PersonalValuesError} the file may have values that are not for whoever asks: an error would quote them
 */
export async function pinJoin(
  { runId, artifact, ...options }: z.infer<ReturnType<typeof joinRequest>>,
  { definitions, runs, kinds, masked }: Pinning,
): Promise<JoinParams> {
  const pinned = pinJoinOptions(definitions, options, masked);
  const found = formatOf(artifact);
  if (!found || found.compression) {
    throw new BadUserInputError(
      `artifact: a name that ends in .csv, .jsonl, .parquet or .arrow was expected; got ${JSON.stringify(artifact.slice(0, 100))}`,
    );
  }
  const [[run], sha256] = await Promise.all([runs.findByIds([runId]), runs.artifactSha256(runId, artifact)]);
  if (sha256 === null) {
    throw new BadUserInputError(
      `artifact: run ${runId} has none named ${JSON.stringify(artifact.slice(0, 100))}; POST /runs/${runId}/artifacts/<name> uploads it, or POST /historical-features takes the file itself`,
    );
  }
  if (masked && kinds.find(run?.kind ?? "")?.holds !== "nothing")
    throw new PersonalValuesError(`artifact ${artifact} of run ${runId}`, masked.names, SEES_PERSONAL);
  return { sha256, fileFormat: found.format.name, ...pinned };
}
