import { z } from "zod";
import type { Queryable } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";
import type { ExportColumn } from "../../features/export-rows.js";
import type { Categories, ExportShape } from "../../features/export-shape.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { HELD_OUT, heldOutBelow } from "../../values/held-out.js";
import type { ExportedFile, ExportParams } from "./export-params.js";

/** What an export says of its files to who trains on them. */
export const TRAINING_SET_MANIFEST = { name: "training_set.json", mediaType: "application/json" };
/** Of each encoded feature its categories: the place of one is its code. */
export const CATEGORIES_FILE = { name: "categories.json", mediaType: "application/json" };

export interface WrittenExport {
  rows: number;
  /** Null where nothing says who is held out. */
  heldOutRows: number | null;
  files: readonly ExportedFile[];
  /** Of the lake, where the last of them are; null: all are artifacts. */
  folder: string | null;
}

export const isShaped = ({ heldOut, categories }: ExportShape): boolean =>
  heldOut !== null || categories !== null;

/** As JSON and in Parquet's metadata: with what any engine needs to hold out the same rows. */
const ruleOf = ({ heldOut }: ExportShape) =>
  heldOut && {
    column: HELD_OUT,
    seed: heldOut.seed,
    test_fraction: heldOut.testFraction,
    below: heldOutBelow(heldOut),
  };

/** Of a Parquet file: a reader that has nothing else can tell codes and sides by it. */
export const metadataOf = (shape: ExportShape): Record<string, string> => ({
  ...(shape.heldOut && { "asof.held_out": JSON.stringify(ruleOf(shape)) }),
  ...(shape.categories && { "asof.categories": JSON.stringify(shape.categories) }),
});

/** It has no values of anybody: the categories are a file beside it. */
export function manifestOf(
  { model, features, months }: ExportParams,
  columns: readonly ExportColumn[],
  shape: ExportShape,
  { rows, heldOutRows, files, folder }: WrittenExport,
): Buffer {
  const manifest = {
    model,
    dates: months.map(({ asOf, revision, labelAsOf, labelRevision }) => ({
      ...{ as_of: asOf, revision, label_as_of: labelAsOf, label_revision: labelRevision },
    })),
    columns: columns.map(({ name, type }) => ({
      ...{ name, type },
      ...(shape.categories?.[name] && { categories: shape.categories[name].length }),
    })),
    features,
    held_out: ruleOf(shape),
    categories: shape.categories && CATEGORIES_FILE.name,
    rows,
    held_out_rows: shape.heldOut && heldOutRows,
    folder,
    files,
  };
  return Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
}

const storedCategories = z.record(z.string(), z.array(z.string()));

/** The categories that an export wrote its codes by; null where the file is gone, as it is once rows were erased. */
export async function findCategories(db: Queryable, runId: string): Promise<Categories | null> {
  const found = await new ArtifactStore(db).readNamed(new Map([[runId, [CATEGORIES_FILE.name]]]));
  const bytes = found.get(runId)!.get(CATEGORIES_FILE.name);
  return bytes ? storedCategories.parse(JSON.parse(bytes.toString("utf8"))) : null;
}

/** For who goes on from what it wrote. @throws {ConflictError} they are gone */
export async function requireCategories(db: Queryable, runId: string): Promise<Categories> {
  const found = await findCategories(db, runId);
  if (found) return found;
  throw new ConflictError(
    `the files of run ${runId} are gone, as rows that it read were erased: ${CATEGORIES_FILE.name} says what its codes mean; export and train again`,
    { runId },
  );
}
