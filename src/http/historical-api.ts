import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { fileFormats } from "../ingest/formats/registry.js";
import { maxHistoricalRows } from "../inputs/arguments.js";
import { calendarDate } from "../inputs/fields.js";
import { JOINED_FILES, type JoinFormat, type JoinOptions } from "../jobs/join/join-params.js";
import { shapeProblem } from "../values/shape-problem.js";
import { anyBytes, type RouteApi } from "./openapi/route-api.js";

/** A file up to here is answered with the features themselves, a larger one with the run that joins it. */
export const ANSWERED_BYTES = 4 * 1024 * 1024;
const ANSWERED_MIB = ANSWERED_BYTES / 2 ** 20;

const FORMATS: Readonly<Record<string, JoinFormat>> = { parquet: "PARQUET", arrow: "ARROW" };
const isTrue = z.enum(["true", "false"]);

const queryShape = z.strictObject({
  service: z
    .string()
    .optional()
    .describe("The feature service whose features are joined, and about whose entity the keys are."),
  entity: z
    .string()
    .optional()
    .describe(
      "Whose keys the file has, where no service says it; that of the deployment's first service unless given.",
    ),
  features: z
    .string()
    .optional()
    .describe(
      "Names, separated by commas, in the order of the columns; unless given, all that the caller may see.",
    ),
  as_of_column: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe(
      "The column of the rows' dates, or of timestamps, which ask for their date in UTC; as_of unless given.",
    ),
  as_of: calendarDate().optional().describe("The date of every row; the file then has no such column."),
  known_at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("What had been recorded by then, of every row that says no other in the column known_at."),
  format: z
    .enum(["parquet", "arrow"])
    .optional()
    .describe("Of the answer; parquet unless given, or accepted."),
  statuses: isTrue
    .optional()
    .describe("Whether a column <feature>__status says why each empty value is empty; false unless given."),
  engine: z
    .string()
    .optional()
    .describe("What joins: postgres, duckdb or spark. A run does it, as with run=true."),
  to: z
    .enum(["artifact", "lake"])
    .optional()
    .describe("Where the answer goes; lake: a run writes Parquet files there; artifact unless given."),
  run: isTrue.optional().describe("Whether a run joins the file, however small it is; false unless given."),
});

/** What the query and the accepted media types ask for. @throws {BadUserInputError} they cannot be used */
export function parseJoinQuery(
  query: unknown,
  accept: string | undefined,
): { options: JoinOptions; asRun: boolean } {
  const parsed = queryShape.safeParse(query);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join(".") || "query"}: ${shapeProblem(issue)}`,
    );
    throw new BadUserInputError(`the query cannot be used: ${problems.join("; ")}`);
  }
  const { service, entity, features, as_of_column, as_of, known_at, format, statuses, run, engine, to } =
    parsed.data;
  const accepted = /arrow/.test(accept ?? "") ? "arrow" : "parquet";
  const options = {
    ...{ service, entity, asOf: as_of, knownAt: known_at },
    features: features?.split(",").map((name) => name.trim()),
    asOfColumn: as_of_column ?? "as_of",
    format: FORMATS[format ?? accepted]!,
    statuses: statuses === "true",
    engine,
    to: to === "lake" ? ("LAKE" as const) : ("ARTIFACT" as const),
  };
  return { options, asRun: run === "true" || engine !== undefined || to === "lake" };
}

const JSON_LIST = "application/json";
/** By media type, the name of the format that it is; some are called by several names. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  "text/csv": "csv",
  "application/jsonl": "jsonl",
  "application/x-jsonlines": "jsonl",
  "application/x-ndjson": "jsonl",
  "application/vnd.apache.parquet": "parquet",
  "application/x-parquet": "parquet",
  "application/vnd.apache.arrow.stream": "arrow",
  "application/vnd.apache.arrow.file": "arrow",
};

/** Of a body by its media type; null: a JSON list. @throws {BadUserInputError} it is none of a file of rows */
export function formatOfBody(contentType: string | undefined, encoding: string | undefined) {
  if (encoding !== undefined && encoding !== "identity") {
    throw new BadUserInputError(
      `content-encoding: the file as it is was expected; got ${encoding.slice(0, 60)}`,
    );
  }
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === JSON_LIST) return null;
  if (Object.hasOwn(MEDIA_TYPES, type)) return fileFormats.get(MEDIA_TYPES[type]!);
  throw new BadUserInputError(
    `content-type: one of ${[JSON_LIST, ...Object.keys(MEDIA_TYPES)].join(", ")} was expected; got ${type.slice(0, 100) || "none"}`,
  );
}

const begun = z.object({
  run: z.uuid(),
  status: z.string().describe("QUEUED: follow the run, by GraphQL or `asof run --follow`."),
  file: z
    .string()
    .describe("What the artifact with the answer, or with the list of its files, will be called."),
});

export const DESCRIBED_JOIN = {
  tag: "Features",
  summary: "Features as of each row's date, of a file of keys and dates",
  description: [
    "The body is the file: its rows have the columns of the entity's key, as_of, and perhaps known_at. A JSON list has objects of these,",
    'alone or as {"entities": […]}. The answer has one row for each of the file\'s, in its order.',
    `A file above ${ANSWERED_MIB} MiB or ${maxHistoricalRows} rows is joined by a run, which asks for the role operator: it is answered with 202, and the run's artifact is the answer.`,
    `A JSON list has at most ${ANSWERED_MIB} MiB.`,
  ].join("\n"),
  query: queryShape,
  body: {
    [JSON_LIST]: { schema: { type: ["array", "object"] } },
    ...Object.fromEntries(Object.keys(MEDIA_TYPES).map((type) => [type, anyBytes])),
  },
  answers: {
    200: {
      description: "The features.",
      content: Object.fromEntries(Object.values(JOINED_FILES).map(({ mediaType }) => [mediaType, anyBytes])),
      headers: { "content-disposition": "A name for the file." },
    },
    202: { description: "A run joins it.", content: begun },
  },
} as const satisfies RouteApi;
