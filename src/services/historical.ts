import type { Pool } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { PersonalColumns } from "../definitions/language/personal.js";
import { joinTogether } from "../features/offline/dated-reads.js";
import type { DatedRow } from "../features/offline/offline-engine.js";
import { offlineEngine } from "../features/offline/registry.js";
import type { FileFormat } from "../ingest/formats/file-format.js";
import { maxHistoricalRows } from "../inputs/arguments.js";
import type { Dispatcher } from "../jobs/engine/dispatcher.js";
import { joinKind } from "../jobs/join/join.job.js";
import { askedBytes, askedShape, datedSelection, readAsked, writeJoined } from "../jobs/join/join-file.js";
import {
  type JoinFormat,
  type JoinOptions,
  type PinnedJoin,
  pinJoinOptions,
} from "../jobs/join/join-params.js";
import { joinedFeatures } from "../jobs/join/joined-columns.js";
import { ArtifactStore } from "../registry/artifact-store.js";
import { ArtifactUpload } from "../registry/files/artifact-upload.js";
import type { Run } from "../registry/run.js";

/** What is answered at once: the format, and what writes the bytes, in order. */
export interface JoinAnswer {
  format: JoinFormat;
  write(write: (bytes: Uint8Array) => Promise<void>): Promise<void>;
}

/** Historical features of files: small ones answered at once, others by a run. */
export class Historical {
  /**
   * @param upkeep what an upload leaves is deleted though its request has ended
   * @param maxFileBytes of one file; a larger one is refused
   */
  constructor(
    private readonly pool: Pool,
    private readonly upkeep: Pool,
    private readonly definitions: Deployment,
    private readonly dispatcher: Dispatcher,
    private readonly maxFileBytes: number,
  ) {}

  /**
   * Every row is read before the first byte is written, so that a row that cannot be used is an error and no torn file.
   * @param masked what whoever asks may not see; null: they see all
   * @returns null where there are more rows than are answered at once: `begin` a run
   * @throws {BadUserInputError} with the rows' numbers, or the option that cannot be used
   * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
   */
  async answer(
    format: FileFormat,
    bytes: Buffer,
    options: JoinOptions,
    masked: PersonalColumns | null = null,
  ): Promise<JoinAnswer | null> {
    const pinned = this.#pin(options, masked);
    const joined = joinedFeatures(this.definitions, pinned, masked);
    const rows: DatedRow[][] = [];
    let count = 0;
    for await (const batch of readAsked(askedBytes(format, bytes), askedShape(joined.entity, pinned))) {
      rows.push(batch);
      count += batch.length;
      if (count > maxHistoricalRows) return null;
    }
    const { pool, definitions } = this;
    const joining = { ...joined, statuses: pinned.statuses, format: pinned.format };
    return {
      format: pinned.format,
      write: (write) => {
        const offline = offlineEngine().pointInTime(pool, definitions);
        return writeJoined(
          joining,
          joinTogether(offline, toAsync(rows), datedSelection(joining).levels),
          write,
        );
      },
    };
  }

  /**
   * Keeps the file as it comes, and queues the run that joins it: both, or neither.
   * @param masked what whoever asks may not see; null: they see all
   * @throws {BadUserInputError} it is larger than is taken, or an option cannot be used
   * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
   */
  async begin(
    format: FileFormat,
    chunks: AsyncIterable<Buffer>,
    options: JoinOptions,
    actor: string,
    masked: PersonalColumns | null = null,
  ): Promise<Run> {
    const pinned = this.#pin(options, masked);
    const { pool, upkeep, maxFileBytes } = this;
    const upload = await ArtifactUpload.receive({ db: pool, upkeep }, chunks, maxFileBytes);
    const { sha256, byteLength } = upload;
    const params = { ...pinned, sha256, fileFormat: format.name };
    try {
      return await this.dispatcher.start(joinKind, params, actor, async (tx, runId) => {
        await upload.keep(tx);
        const file = { name: `asked${format.extension}`, mediaType: format.mediaType, byteLength, sha256 };
        await new ArtifactStore(tx).name(runId, file);
      });
    } catch (error) {
      await upload.discard();
      throw error;
    }
  }

  #pin(options: JoinOptions, masked: PersonalColumns | null): PinnedJoin {
    return pinJoinOptions(this.definitions, options, masked);
  }
}

async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
