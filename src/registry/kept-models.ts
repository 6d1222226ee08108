import { and, eq, sql } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { modelAliases, models } from "../db/tables/models.js";
import { ask, jsonbValue } from "../db/typed.js";
import { ConflictError, ModelNotFoundError } from "../errors/errors.js";
import { freeBlobs } from "./files/blob-uses.js";
import { type SealedFiles, sealFiles } from "./files/sealed-files.js";
import { isKeptOnly, type Stage, type VersionEntry } from "./model.js";
import { holdNames, ModelNameTakenError, renameModel, requireKept } from "./model-rename.js";
import { ModelStore } from "./model-store.js";
import { recordChange } from "./registry-changes.js";
import { lockModel, move, requireEntry } from "./stage-moves.js";
import { holdTracked } from "./tracked-runs.js";

export interface KeptVersion {
  model: string;
  runId: string | null;
  source: string;
  description: string | null;
  tags: Record<string, string>;
}

/**
 * Models that the deployment does not serve: names, versions and their files, stages and aliases, for clients that load
 * them. Nothing of them is judged, loaded or run here.
 */
export class KeptModels {
  constructor(private readonly pool: Pool) {}

  /** A name that was deleted can be taken again; its numbers go on. @throws {ModelNameTakenError} */
  async create(
    name: string,
    { description, tags }: { description: string | null; tags: Record<string, string> },
    actor: string,
  ): Promise<void> {
    const fresh = {
      description,
      tags: jsonbValue(tags),
      kind: "kept",
      described_by: description === null ? null : actor,
    };
    await withTransaction(this.pool, async (tx) => {
      const { rowCount } = await ask(tx, (query) =>
        query
          .insert(models)
          .values({ name, ...fresh })
          .onConflictDoUpdate({
            target: models.name,
            set: { ...fresh, deleted_at: null, created_at: sql`clock_timestamp()` },
            setWhere: sql`${models.deleted_at} is not null`,
          }),
      );
      if (rowCount !== 1) throw new ModelNameTakenError(name);
      await recordChange(tx, { model: name }, actor, "made");
    });
  }

  /**
   * One transaction: the version's number, and the files as they are now.
   * @throws {RunNotFoundError} @throws {NotExternalRunError} the run is none, or asof's own
   * @throws what `sealFiles` throws
   */
  async register(version: KeptVersion, files: SealedFiles, actor: string): Promise<VersionEntry> {
    return withTransaction(this.pool, async (tx) => {
      if (version.runId !== null) await holdTracked(tx, version.runId, { exclusively: false, deleted: true });
      const { rows } = await tx.query<{ id: number; version: number }>(REGISTER_KEPT, [
        ...[version.model, version.runId, version.source, version.description],
        version.tags,
      ]);
      if (!rows[0]) throw new ModelNotFoundError(version.model);
      await sealFiles(tx, rows[0].id, files);
      const message = `version ${rows[0].version} registered from ${version.source}`;
      await recordChange(tx, { model: version.model }, actor, message);
      return (await new ModelStore(tx).findVersion(version.model, rows[0].version))!;
    });
  }

  /** Without gates: nothing is served. The former holder of the stage is archived, as everywhere. */
  async setStage(model: string, version: number, stage: Stage, actor: string): Promise<VersionEntry> {
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const found = await requireEntry(store, model, version);
      if (!isKeptOnly(found))
        throw new ConflictError(`version ${version} of ${JSON.stringify(model)} is not only kept`);
      if (found.stage === stage) return found;
      return move(store, found, { stage, actor, reason: null, gates: [], forced: false });
    });
  }

  /** With its alias, where one names it: nothing that was served refers to it. */
  async deleteVersion(model: string, version: number, actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const found = await requireEntry(store, model, version);
      if (!isKeptOnly(found))
        throw new ConflictError(`version ${version} of ${JSON.stringify(model)} is not only kept`);
      await deleteEntries(tx, model, [found]);
      await recordChange(tx, { model }, actor, `version ${version} deleted`);
    });
  }

  /** @throws {ConflictError} the deployment serves it, or versions of it were judged */
  async delete(model: string, actor: string): Promise<void> {
    await withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      requireKept(await holdNames(tx, [model]), model);
      const [entries] = await store.versions([model], MAX_DELETED);
      const judged = entries!.find((entry) => !isKeptOnly(entry));
      if (judged || entries!.length === MAX_DELETED)
        throw new ConflictError(
          `${JSON.stringify(model)} cannot be deleted: it has versions that were judged; delete them first`,
        );
      await deleteEntries(tx, model, entries!);
      await ask(tx, (query) =>
        query.update(models).set({ deleted_at: sql`clock_timestamp()` }).where(eq(models.name, model)),
      );
      await recordChange(tx, { model }, actor, "deleted");
    });
  }

  /** Versions, files, stages, aliases, tags and history go along. @throws what `renameModel` throws */
  rename(model: string, to: string, actor: string): Promise<void> {
    return renameModel(this.pool, model, to, actor);
  }
}

const MAX_DELETED = 10_000;

const REGISTER_KEPT = `
  with numbered as (
    update models set last_version = last_version + 1 where name = $1 and deleted_at is null returning last_version
  )
  insert into model_versions (model, version, algorithm, run_id, source, description, tags)
  select $1, last_version, 'EXTERNAL', $2::uuid, $3, $4, $5::jsonb from numbered
  returning id, version`;

async function deleteEntries(tx: Client, model: string, entries: readonly VersionEntry[]): Promise<void> {
  const ids = entries.map(({ id }) => Number(id));
  const { rows } = await tx.query<{ sha256: string }>(
    "delete from model_version_files where version_id = any($1::int[]) returning sha256",
    [ids],
  );
  for (const { version } of entries) {
    const isOf = and(eq(modelAliases.model, model), eq(modelAliases.version, version));
    await ask(tx, (query) => query.delete(modelAliases).where(isOf));
  }
  await tx.query(`delete from model_versions where id = any($1::int[])`, [ids]);
  await freeBlobs(tx, [...new Set(rows.map(({ sha256 }) => sha256))]);
}
