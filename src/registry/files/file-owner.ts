import type { Client, Queryable } from "../../db/pool.js";
import { BadUserInputError } from "../../errors/errors.js";
import { holdLoggedModel } from "../logged-models.js";
import { RunTracker } from "../run-tracker.js";
import { holdTracked } from "../tracked-runs.js";
import { isOwnOf } from "../version-of-run.js";

/** What files belong to. */
export interface FileOwner {
  kind: "run" | "loggedModel" | "version";
  id: string;
}

export interface OwnedFile {
  path: string;
  mediaType: string;
  bytes: number;
  sha256: string;
}

interface OwnerTable {
  table: string;
  /** The column with the owner's id. */
  key: string;
  /**
   * Holds the owner to the end of the transaction.
   * @throws that there is none, or that it takes nothing
   */
  hold(tx: Client, id: string): Promise<void>;
  /** What is said of a change, in its transaction. */
  saved(tx: Queryable, id: string, file: OwnedFile): Promise<void>;
  removed(tx: Queryable, id: string, removed: { path: string; files: number; actor: string }): Promise<void>;
}

export const OWNER_TABLES: Readonly<Record<FileOwner["kind"], OwnerTable>> = {
  run: {
    table: "artifacts",
    key: "run_id",
    async hold(tx, id) {
      await holdTracked(tx, id);
    },
    async saved(tx, id, { path: name, bytes, sha256 }) {
      const message = `artifact ${name}: ${bytes} bytes`;
      await new RunTracker(tx).event(id, { type: "LOG", message, data: { name, sha256, bytes } });
    },
    async removed(tx, id, { path, files, actor }) {
      const what = files === 1 ? `artifact ${path}` : `${files} artifacts of ${path}`;
      await new RunTracker(tx).event(id, { type: "LOG", message: `${what} deleted by ${actor}` });
    },
  },
  loggedModel: {
    table: "logged_model_files",
    key: "model_id",
    hold: holdLoggedModel,
    async saved(tx, id) {
      await tx.query("update logged_models set updated_at = clock_timestamp() where id = $1", [id]);
    },
    async removed(tx, id) {
      await tx.query("update logged_models set updated_at = clock_timestamp() where id = $1", [id]);
    },
  },
  version: {
    table: "model_version_files",
    key: "version_id",
    async hold() {
      throw new BadUserInputError(
        "the files of a registered version do not change; log the model again and register it: it becomes the next version",
      );
    },
    async saved() {},
    async removed() {},
  },
};

/** What asof measured of a model that was made elsewhere, among the files of the run that judged it. */
export const MEASURED = "evaluation/";

/**
 * Holds the owner of a file that is to be written or deleted. Where an earlier release registered a version, what it measured is
 * in the trainer's run, and no client's.
 * @throws what `holdTracked` throws of a run
 * @throws {BadUserInputError} the path is that of what asof measured
 */
export async function holdOwner(tx: Client, owner: FileOwner, path: string): Promise<FileOwner> {
  await OWNER_TABLES[owner.kind].hold(tx, owner.id);
  if (owner.kind !== "run" || !`${path}/`.startsWith(MEASURED)) return owner;
  const { rows } = await tx.query(
    `select 1 from model_versions where ${isOwnOf("$1")} and registered_by is null limit 1`,
    [owner.id],
  );
  if (rows.length === 0) return owner;
  throw new BadUserInputError(
    `path ${JSON.stringify(path)}: asof keeps there what it measured of the version that the run registered; take another folder`,
    { path },
  );
}
