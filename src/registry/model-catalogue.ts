import { type Client, type Pool, withTransaction } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { AliasNotFoundError } from "../errors/alias-not-found.js";
import { BadUserInputError, ModelNotFoundError } from "../errors/errors.js";
import { decideChange, SERVES } from "./change.js";
import type { Serving } from "./evidence.js";
import type { ModelVersion, RegisteredModel } from "./model.js";
import { type AliasKey, ModelStore } from "./model-store.js";
import { MAX_TAGS } from "./run-annotations.js";
import { servability } from "./servability.js";
import { lockModel, requireVersion } from "./stage-moves.js";

/** A free name of one version. */
export interface ModelAlias {
  alias: string;
  version: number;
  actor: string;
  setAt: Date;
}

/** What people say of a model or of one of its versions. */
export interface ModelNote {
  model: string;
  /** Of the model itself where absent. */
  version?: number | null;
  /** Undefined: left as it is; null: removed, of a model: back to the definitions'. */
  description?: string | null;
  /** Set where they have a value, removed where it is null; others stay. */
  tags?: Record<string, string | null> | null;
}

const ALIAS = /^[a-z][a-z0-9_-]{0,62}$/;

/** Names, notes and the end of versions: what may change about them, and who may go. */
export class ModelCatalogue {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly serving: Pick<Serving, "load">,
  ) {}

  /** Of each model the first, by alias. */
  async aliases(models: readonly string[], first: number): Promise<ModelAlias[][]> {
    const { rows } = await this.pool.query<ModelAlias & { model: string }>(
      `select a.* from unnest($1::text[]) m(of) cross join lateral (
         select model, alias, version, actor, set_at as "setAt" from model_aliases
         where model = m.of order by alias limit $2
       ) a order by a.alias`,
      [models, first],
    );
    const byModel = new Map<string, ModelAlias[]>(models.map((name) => [name, []]));
    for (const { model, ...alias } of rows) byModel.get(model)!.push(alias);
    return models.map((name) => byModel.get(name)!);
  }

  findByAliases(keys: readonly AliasKey[]): Promise<(ModelVersion | null)[]> {
    return new ModelStore(this.pool).byAliases(keys);
  }

  /** @throws {ModelNotFoundError} no model of that name, or no version of it has the alias */
  async requireByAlias(model: string, alias: string): Promise<ModelVersion> {
    const [version] = await this.findByAliases([{ model, alias }]);
    if (version) return version;
    if (!(await new ModelStore(this.pool).findModel(model))) throw new ModelNotFoundError(model);
    throw new AliasNotFoundError(model, alias);
  }

  /**
   * Gives the version the name, taking it from whichever had it.
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} the alias is no lower-case name
   * @throws {ModelNotServableError} whoever asked by the name would get no answer
   */
  async setAlias(model: string, alias: string, version: number, actor: string): Promise<ModelVersion> {
    if (!ALIAS.test(alias)) {
      throw new BadUserInputError(
        `alias ${JSON.stringify(alias)}: 1 to 63 of a-z, 0-9, _ and - were expected, beginning with a letter`,
        { alias },
      );
    }
    const candidate = await requireVersion(new ModelStore(this.pool), model, version);
    this.#decide("setAlias", candidate);
    await this.serving.load(candidate);
    return withTransaction(this.pool, async (tx) => {
      const found = await requireVersion(await lockModel(tx, model), model, version);
      this.#decide("setAlias", found);
      await tx.query(
        `insert into model_aliases (model, alias, version, actor) values ($1, $2, $3, $4)
         on conflict (model, alias) do update set version = excluded.version, actor = excluded.actor,
           set_at = excluded.set_at`,
        [model, alias, version, actor],
      );
      return found;
    });
  }

  /** @throws {ModelNotFoundError} no model of that name, or no version of it has the alias */
  async removeAlias(model: string, alias: string): Promise<ModelVersion> {
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const { rows } = await tx.query<{ version: number }>(
        "delete from model_aliases where model = $1 and alias = $2 returning version",
        [model, alias],
      );
      if (!rows[0]) throw new AliasNotFoundError(model, alias);
      const named = await requireVersion(store, model, rows[0].version);
      this.#decide("removeAlias", named);
      return named;
    });
  }

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} more than 100 tags
   */
  async annotate({ model, version, description, tags }: ModelNote, actor: string): Promise<RegisteredModel> {
    return withTransaction(this.pool, async (tx) => {
      const said = [model, description !== undefined, description ?? null, tags ?? {}];
      const { rows } = version
        ? await tx.query<{ tags: number }>(
            `update model_versions set description = case when $2 then $3 else description end,
               tags = jsonb_strip_nulls(tags || $4) where model = $1 and version = $5
             returning (select count(*)::int from jsonb_object_keys(tags)) as tags`,
            [...said, version],
          )
        : await tx.query<{ tags: number }>(
            `update models set description = case when $2 then $3 else description end,
               described_by = case when not $2 then described_by when $3::text is null then null else $5 end,
               tags = jsonb_strip_nulls(tags || $4) where name = $1
             returning (select count(*)::int from jsonb_object_keys(tags)) as tags`,
            [...said, actor],
          );
      if (!rows[0]) throw new ModelNotFoundError(model, version ?? undefined);
      if (rows[0].tags > MAX_TAGS)
        throw new BadUserInputError(`tags: there would be ${rows[0].tags}, ${MAX_TAGS} are accepted`);
      return (await new ModelStore(tx).findModel(model))!;
    });
  }

  /**
   * Its run, and the run's artifacts, stay; its number is not given again.
   * @throws {ModelNotFoundError} no such model or version
   * @throws {ConflictError} it is or was served, the prediction log has it, or an alias names it; nothing has changed
   */
  async deleteVersion(model: string, version: number): Promise<RegisteredModel> {
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const found = await requireVersion(store, model, version);
      this.#decide("delete", found, await whyKept(tx, found));
      await store.delete(found);
      return (await store.findModel(model))!;
    });
  }

  #decide(
    kind: "setAlias" | "removeAlias" | "delete",
    version: ModelVersion,
    kept: string | null = null,
  ): void {
    decideChange({ kind }, { version, servability: servability(version, this.definitions), kept });
  }
}

async function whyKept(tx: Client, { model, version, stage }: ModelVersion): Promise<string | null> {
  if (SERVES[stage]) return `it is in ${stage}; archive it first`;
  const { rows: served } = await tx.query<{ at: string }>(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as at from stage_transitions
     where model = $1 and version = $2 and to_stage = 'PRODUCTION' order by id limit 1`,
    [model, version],
  );
  if (served[0]) return `it was in PRODUCTION from ${served[0].at} on, and what it answered refers to it`;
  const { rows: answers } = await tx.query(
    `(select 1 from prediction_log where model = $1 and version = $2 limit 1)
     union all (select 1 from prediction_log where model = $1 and shadow_version = $2 limit 1)`,
    [model, version],
  );
  if (answers[0]) return "the prediction log holds answers of it";
  const { rows: names } = await tx.query<{ alias: string }>(
    "select alias from model_aliases where model = $1 and version = $2 order by alias",
    [model, version],
  );
  return names[0] ? `the alias ${JSON.stringify(names[0].alias)} names it; remove that first` : null;
}
