import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { BadUserInputError, ConflictError, ModelNotFoundError } from "../errors/errors.js";
import { recordChange } from "./registry-changes.js";
import { lockNames } from "./stage-moves.js";

/** A model of that name is there already. */
export class ModelNameTakenError extends ConflictError {
  constructor(name: string, why = "there is a model of that name already") {
    super(`the name ${JSON.stringify(name)} is taken: ${why}; take another`, { name });
  }
}

/** What a name is of, whether it is free again or not. */
interface NamedModel {
  readonly name: string;
  readonly kind: "served" | "kept";
  readonly isDeleted: boolean;
  /** Versions of a deleted model were moved from stage to stage. */
  readonly hasHistory: boolean;
}

const HOLD = `
  select name, kind, deleted_at is not null as "isDeleted",
    exists (select from stage_transitions t where t.model = name) as "hasHistory"
  from models where name = any($1) order by name for update`;

/** What they are of, locked to the end of the transaction. */
export async function holdNames(tx: Client, names: readonly string[]): Promise<NamedModel[]> {
  return (await tx.query<NamedModel>(HOLD, [names])).rows;
}

/**
 * @throws {ModelNotFoundError} there is none
 * @throws {BadUserInputError} the deployment serves it
 */
export function requireKept(held: readonly NamedModel[], model: string): void {
  const found = held.find(({ name }) => name === model);
  if (!found || found.isDeleted) throw new ModelNotFoundError(model);
  if (found.kind === "kept") return;
  throw new BadUserInputError(
    `model ${JSON.stringify(model)} is one that the deployment serves: its definition has the name; it cannot be deleted or renamed`,
    { model },
  );
}

/** A former name stays as that of a deleted model, so that a version number is never given twice under it. */
const TAKE_NAME = `
  insert into models as m (name, description, described_by, tags, last_version, kind, created_at)
  select $2, description, described_by, tags, last_version, kind, created_at from models where name = $1
  on conflict (name) do update set description = excluded.description, described_by = excluded.described_by,
    tags = excluded.tags, last_version = greatest(m.last_version, excluded.last_version),
    created_at = excluded.created_at, deleted_at = null
  where m.kind = 'kept' and m.deleted_at is not null`;
const LEAVE_NAME = `
  update models set description = null, described_by = null, tags = '{}', deleted_at = clock_timestamp() where name = $1`;

/**
 * Gives a kept model another name, with its versions and their files, stages, aliases, tags and history. What was written
 * before still says the former name.
 * @throws {ModelNotFoundError} there is none
 * @throws {BadUserInputError} the deployment serves it
 * @throws {ModelNameTakenError} another model has the name, or one that was deleted left a history of stages under it
 */
export async function renameModel(pool: Pool, model: string, to: string, actor: string): Promise<void> {
  await withTransaction(pool, async (tx) => {
    await lockNames(tx, [...new Set([model, to])]);
    const held = await holdNames(tx, [model, to]);
    requireKept(held, model);
    if (to === model) return;
    requireFree(
      held.find(({ name }) => name === to),
      to,
    );
    const { rowCount } = await tx.query(TAKE_NAME, [model, to]);
    if (rowCount !== 1) throw new ModelNameTakenError(to);
    await tx.query("select asof_rename_model($1, $2)", [model, to]);
    await tx.query(LEAVE_NAME, [model]);
    await recordChange(tx, { model: to }, actor, `renamed from ${model}`);
  });
}

function requireFree(there: NamedModel | undefined, name: string): void {
  if (!there) return;
  if (there.kind === "served")
    throw new ModelNameTakenError(
      name,
      "it is that of a model that the deployment serves, by its definition",
    );
  if (!there.isDeleted) throw new ModelNameTakenError(name);
  if (there.hasHistory)
    throw new ModelNameTakenError(name, "a deleted model left its history of stages under it");
}
