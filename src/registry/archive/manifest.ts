import { z } from "zod";
import type { ColumnType } from "../../definitions/language/column.js";
import { isColumnType } from "../../definitions/language/column-types/registry.js";
import { parseCalendarDate } from "../../values/calendar-date.js";
import type { ModelFeature, ModelSignature, TensorSpec } from "../model.js";
import { archiveHash, versionPlace } from "./imported-from.js";

/** Of what the members are and what the manifest says: raised where an older asof could misread a newer one's file. */
export const ARCHIVE_FORMAT = 1;

/** Beside the manifest and its seal. */
export const MOST_FILES = 100;

const name = z.string().min(1).max(200);

const tensor = z.object({
  name: z.string(),
  type: z.string(),
  shape: z.array(z.int().nullable()),
  features: z.array(z.string()).optional(),
  column: z.int().optional(),
}) satisfies z.ZodType<TensorSpec>;

const feature = z.object({
  name: z.string(),
  kind: z.enum(["numeric", "categorical"]),
  type: z.custom<ColumnType>(isColumnType).optional(),
  expression: z.string().optional(),
  required: z.boolean().optional(),
  categories: z.array(z.string()).readonly().optional(),
}) satisfies z.ZodType<ModelFeature>;

const signature = z.object({
  task: z.string().optional(),
  classes: z.array(z.string()).readonly().optional(),
  inputs: z.array(tensor),
  outputs: z.array(tensor).min(1),
  features: z.array(feature),
}) satisfies z.ZodType<ModelSignature>;

const memberFile = z.object({ name, bytes: z.int().min(0), sha256: archiveHash });

/** What the archive says of the version. All of it follows from the version alone: exported again it is the same. */
export const archiveManifest = z.object({
  format: z.int(),
  /** The release that wrote it. */
  asof: z.string(),
  version: versionPlace,
  origin: versionPlace,
  algorithm: z.string(),
  entity: z.object({ name, key: z.record(z.string(), z.string()) }),
  /** Its id, SHA-256 and size are those of `model.onnx` below. */
  signature,
  threshold: z.number().nullable(),
  /** Of each stored feature the view that it was read from, and the view's version then. */
  views: z.record(z.string(), z.object({ view: z.string(), version: z.int() })),
  /** Who was held out where it was trained; null where nobody said. */
  split: z
    .object({
      seed: z.int(),
      testFraction: z.number(),
      splitRule: z.enum(["RANKS", "THRESHOLD"]),
      /** The date from which on neither a row nor a label was learnt from, of whomever; null: keys were held out. */
      heldOutFrom: z
        .string()
        .refine((date) => parseCalendarDate(date) !== null)
        .nullable(),
      /** Of keys of several dates: below which murmur3 of a key by the seed nobody was learnt from; null: not known, or not asked. */
      heldOutBelow: z
        .int()
        .min(0)
        .max(2 ** 32)
        .nullable()
        .default(null),
    })
    .nullable(),
  /** The run that measured it. */
  run: z.object({
    kind: z.string(),
    params: z.record(z.string(), z.json()),
    metrics: z.record(z.string(), z.number().nullable()),
    environment: z.record(z.string(), z.json()),
    gitCommit: z.string().nullable(),
  }),
  /** What it was trained on, or measured on where it was trained elsewhere. */
  snapshots: z.array(z.object({ asOf: z.string(), revision: z.int(), contentSha256: z.string().nullable() })),
  /** What was not taken along: files that hold rows of persons, which an erasure could not reach. */
  leftBehind: z.array(z.string()),
  /** Every other member, by name. */
  files: z.array(memberFile).max(MOST_FILES),
});
export type ArchiveManifest = z.infer<typeof archiveManifest>;
