import { z } from "zod";
import { importedFrom } from "../../registry/archive/imported-from.js";
import { SPLIT_RULES } from "../../serving/training-split.js";
import { CATEGORY_ENCODINGS } from "../export/export-params.js";

const pin = z.object({ id: z.int(), revision: z.int(), contentSha256: z.string().nullable() });

/** What a REGISTER run is stored with: all that decides what it measures. */
export const registerParams = z.object({
  model: z.string(),
  /** The version's number, given when it was asked for. */
  version: z.int(),
  /** The EXTERNAL run it was registered from; null: none. */
  runId: z.string().nullable(),
  /** What the ONNX file is called among the artifacts of the trainer's run. */
  artifact: z.string(),
  sha256: z.string().nullable(),
  /** What is wrong with the file, where that was known before it was judged. */
  refusal: z.string().nullable(),
  /** The file came with the request: it becomes an artifact of the trainer's run once it is registered. */
  sent: z.boolean(),
  /** Nothing is written to the trainer's run. */
  keepsRunOpen: z.boolean(),
  asOf: z.string(),
  labelAsOf: z.string(),
  seed: z.int(),
  testFraction: z.number(),
  /** Of an export that says who is held out, its rule; absent of runs of earlier releases. */
  splitRule: z.enum(SPLIT_RULES).default("RANKS"),
  /** Of a version that came in an archive: the date from which on nothing was learnt; null: keys were held out. */
  heldOutFrom: z.string().nullable().default(null),
  /** Likewise of keys of several dates: below which hash of a key nobody was learnt from; null: the rule says who was held out. */
  heldOutBelow: z.number().nullable().default(null),
  threshold: z.number().nullable(),
  expectedTolerance: z.number(),
  maxRows: z.int(),
  signature: z.object({
    inputs: z.array(z.object({ name: z.string(), features: z.array(z.string()) })).nullish(),
    columns: z.array(z.string()).nullish(),
    output: z.string().nullish(),
    positiveClass: z.string().nullish(),
    classes: z.array(z.string()).nullish(),
  }),
  snapshot: pin,
  labelSnapshot: pin,
  /** The EXPORT run that wrote what it was trained on. */
  trainedOn: z.string().nullable(),
  /** How that run wrote categories; absent of runs of earlier releases. */
  encoding: z.enum(CATEGORY_ENCODINGS).nullable().default(null),
  /** The archive that it came in, whose manifest and answers the run has among its files; null: it came in none. */
  importedFrom: importedFrom.nullable().default(null),
});
export type RegisterParams = z.infer<typeof registerParams>;
