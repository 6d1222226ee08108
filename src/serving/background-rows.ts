import { z } from "zod";
import type { Queryable } from "../db/pool.js";
import { ArtifactStore, type NewArtifact } from "../registry/artifact-store.js";
import type { ModelSignature, ModelVersion } from "../registry/model.js";
import { numericInput } from "../training/explain/explainer.js";
import { murmur3 } from "../training/murmur3.js";
import type { Row } from "./encoder.js";
import type { BackgroundRows } from "./isolated/explanations.js";

/** Rows of those a model was judged on, by key: what its answers are compared with when one is explained. */
export const BACKGROUND_FILE = "background.json";
export const MAX_BACKGROUND_ROWS = 1_000;

export interface BackgroundRow {
  key: string;
  row: Row;
}

/** Those whose keys have the least hashes, in that order: who is among them follows from the keys alone. */
export class BackgroundSample {
  #rows: (BackgroundRow & { hash: number })[] = [];

  constructor(private readonly features: ModelSignature["features"]) {}

  add(key: string, row: Row): void {
    this.#rows.push({ key, hash: murmur3(key, 0), row });
    if (this.#rows.length >= 4 * MAX_BACKGROUND_ROWS) this.#keepLeast();
  }

  /** As the model takes them: numbers as it gets them, everything else as text. */
  rows(): BackgroundRow[] {
    this.#keepLeast();
    return this.#rows.map(({ key, row }) => ({
      key,
      row: Object.fromEntries(this.features.map((feature) => [feature.name, plainValue(feature, row)])),
    }));
  }

  #keepLeast(): void {
    this.#rows.sort((a, b) => a.hash - b.hash || (a.key < b.key ? -1 : 1));
    this.#rows.length = Math.min(this.#rows.length, MAX_BACKGROUND_ROWS);
  }
}

function plainValue({ name, kind, categories }: ModelSignature["features"][number], row: Row) {
  const value = row[name];
  if (value === null || value === undefined) return null;
  if (kind !== "numeric" || categories) return String(value);
  const number = numericInput(value);
  return Number.isNaN(number) ? null : number;
}

export const backgroundFile = (rows: readonly BackgroundRow[]): NewArtifact => ({
  name: BACKGROUND_FILE,
  mediaType: "application/json",
  bytes: Buffer.from(JSON.stringify(rows)),
});

const stored = z.array(
  z.object({ key: z.string(), row: z.record(z.string(), z.union([z.number(), z.string(), z.null()])) }),
);

export const readBackground = (bytes: Buffer): BackgroundRow[] =>
  stored.parse(JSON.parse(bytes.toString("utf8")));

/** Of a version that was made elsewhere. Read again whenever they have changed: who was erased is gone from then on. */
export function storedRowsOf(db: Queryable, { judgedBy }: Pick<ModelVersion, "judgedBy">): BackgroundRows {
  return {
    async sha256() {
      const { rows } = await db.query<{ sha256: string }>(
        "select sha256 from artifacts where run_id = $1 and name = $2",
        [judgedBy, BACKGROUND_FILE],
      );
      return rows[0]?.sha256 ?? null;
    },
    async read(sha256) {
      const bytes = await new ArtifactStore(db).read(sha256);
      return bytes && readBackground(bytes).map(({ row }) => row);
    },
  };
}
