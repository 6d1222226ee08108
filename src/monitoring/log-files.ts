import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeParquet } from "../features/export-parquet.js";
import type { ExportColumn } from "../features/export-rows.js";
import type { LoggedPrediction } from "./logged-prediction.js";

const COLUMNS: readonly ExportColumn[] = [
  { name: "at", type: "timestamp", required: true },
  { name: "model", type: "string", required: true },
  { name: "version", type: "int", required: true },
  { name: "key", type: "string", required: false },
  { name: "features", type: "string", required: true },
  { name: "request", type: "string", required: false },
  { name: "probability", type: "float", required: false },
  { name: "prediction", type: "int", required: false },
  { name: "shadow_version", type: "int", required: false },
  { name: "shadow_probability", type: "float", required: false },
  { name: "shadow_prediction", type: "int", required: false },
  // Of a regression, in place of probability and prediction.
  { name: "value", type: "float", required: false },
  { name: "shadow_value", type: "float", required: false },
  // Of several classes, beside the likeliest's probability; all probabilities are JSON, in the order of the version's classes.
  { name: "class", type: "string", required: false },
  { name: "probabilities", type: "string", required: false },
  { name: "shadow_class", type: "string", required: false },
  { name: "shadow_probabilities", type: "string", required: false },
];

const DAY = /^day=(\d{4}-\d{2}-\d{2})$/;

/**
 * The prediction log as Parquet: `<folder>/day=<date>/<host>-<pid>-<n>.parquet`, which tools read as one table partitioned by
 * `day`. A file is there whole or not at all.
 */
export class LogFiles {
  #count = 0;
  readonly #name = `${hostname()}-${process.pid}-${Date.now().toString(36)}`;

  constructor(private readonly folder: string) {}

  /** @param day that the entries are of @throws {Error} the folder cannot be written to: then there is no file */
  async write(day: string, entries: readonly LoggedPrediction[]): Promise<void> {
    if (entries.length === 0) return;
    const folder = join(this.folder, `day=${day}`);
    await mkdir(folder, { recursive: true });
    const name = `${this.#name}-${++this.#count}.parquet`;
    // Readers of Hive partitions pass over names that begin with a point.
    const draft = join(folder, `.${name}`);
    const file = await open(draft, "w");
    try {
      await writeParquet(
        COLUMNS,
        rowsOf(entries),
        (bytes) => file.writeFile(bytes),
        () => {},
      );
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(draft, { force: true });
      throw error;
    }
    await file.close();
    await rename(draft, join(folder, name));
  }

  /** Deletes days before this one. */
  async dropBefore(oldest: string): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const day = DAY.exec(name)?.[1];
      if (day && day < oldest) await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }
}

async function* rowsOf(entries: readonly LoggedPrediction[]) {
  for (const { at, model, version, key, features, request, answer, prediction, shadow, ...said } of entries) {
    const { class: name, probabilities } = said;
    const isDecided = prediction !== null || name !== null;
    const shadowed = shadow?.answer ?? null;
    yield [
      ...[at.toISOString().replace("Z", "000Z"), model, version, key, JSON.stringify(features)],
      ...[request && JSON.stringify(request), isDecided ? answer : null, prediction],
      ...[shadow?.version ?? null, isDecided ? shadowed : null, shadow?.prediction ?? null],
      ...(isDecided ? [null, null] : [answer, shadowed]),
      ...[name, probabilities && JSON.stringify(probabilities)],
      ...[shadow?.class ?? null, shadow?.probabilities ? JSON.stringify(shadow.probabilities) : null],
    ];
  }
}
