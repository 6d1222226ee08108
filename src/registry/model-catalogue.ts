import { and, asc, eq, sql } from "drizzle-orm";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { modelAliases, models, modelVersions, stageTransitions } from "../db/tables/models.js";
import { ask, type Fields, find, jsonbValue, selectList } from "../db/typed.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { AliasNotFoundError } from "../errors/alias-not-found.js";
import { BadUserInputError, ModelNotFoundError } from "../errors/errors.js";
import { decideChange, SERVES } from "./change.js";
import type { Serving } from "./evidence.js";
import {
  isJudged,
  isKeptOnly,
  type ModelVersion,
  type RegisteredModel,
  requireJudged,
  type VersionEntry,
} from "./model.js";
import { type AliasKey, ModelStore } from "./model-store.js";
import { changesOfModels, notedInWords, type RegistryChange, recordChange } from "./registry-changes.js";
import { MAX_TAGS } from "./run-annotations.js";
import { notJudged, servability } from "./servability.js";
import { holdModel, lockModel, requireEntry } from "./stage-moves.js";

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

const ALIAS_FIELDS: Fields<ModelAlias & { model: string }> = {
  model: modelAliases.model,
  alias: modelAliases.alias,
  version: modelAliases.version,
  actor: modelAliases.actor,
  setAt: modelAliases.set_at,
};

/** A lateral join: of each model so many, however many models are asked for. */
const ALIASES_OF_MODELS = `
  select a.* from unnest($1::text[]) m(of) cross join lateral (
    select ${selectList(ALIAS_FIELDS)} from model_aliases where model = m.of order by alias limit $2
  ) a order by a.alias`;

/** Not what addresses of versions have another meaning for. */
const ALIAS = /^(?!(?:latest|v\d+)$)[\w-]{1,255}$/i;

/** Names, notes and the end of versions: what may change about them, and who may go. */
export class ModelCatalogue {
  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly serving: Pick<Serving, "load">,
  ) {}

  /** Of each model the first, by alias. */
  async aliases(names: readonly string[], first: number): Promise<ModelAlias[][]> {
    const { rows } = await this.pool.query<ModelAlias & { model: string }>(ALIASES_OF_MODELS, [names, first]);
    const byModel = new Map<string, ModelAlias[]>(names.map((name) => [name, []]));
    for (const { model, ...alias } of rows) byModel.get(model)!.push(alias);
    return names.map((name) => byModel.get(name)!);
  }

  /** Who changed what of each model beside the stages of its versions, the newest first. */
  changes(models: readonly string[], first: number, before: string | null): Promise<RegistryChange[][]> {
    return changesOfModels(this.pool, models, first, before);
  }

  findByAliases(keys: readonly AliasKey[]): Promise<(VersionEntry | null)[]> {
    return new ModelStore(this.pool).byAliases(keys);
  }

  /** @throws {ModelNotFoundError} no model of that name, or no version of it has the alias */
  async requireByAlias(model: string, alias: string): Promise<ModelVersion> {
    const [version] = await this.findByAliases([{ model, alias }]);
    if (version) return requireJudged(version);
    if (!(await new ModelStore(this.pool).findModel(model))) throw new ModelNotFoundError(model);
    throw new AliasNotFoundError(model, alias);
  }

  /**
   * Gives the version the name, taking it from whichever had it.
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} the alias cannot be one
   * @throws {ModelNotServableError} predictions by the alias would fail
   */
  async setAlias(model: string, alias: string, version: number, actor: string): Promise<VersionEntry> {
    if (!ALIAS.test(alias)) {
      throw new BadUserInputError(
        `alias ${JSON.stringify(alias.slice(0, 100))}: 1 to 255 letters, digits, _ and - were expected, and neither latest nor v<number>`,
        { alias },
      );
    }
    const candidate = await requireEntry(new ModelStore(this.pool), model, version);
    if (!isKeptOnly(candidate)) {
      this.#decide("setAlias", requireJudged(candidate));
      await this.serving.load(requireJudged(candidate));
    }
    return withTransaction(this.pool, async (tx) => {
      const found = await requireEntry(await lockModel(tx, model), model, version);
      if (!isKeptOnly(found)) this.#decide("setAlias", requireJudged(found));
      const set = { version, actor, set_at: sql`clock_timestamp()` };
      await ask(tx, (query) =>
        query
          .insert(modelAliases)
          .values({ model, alias, ...set })
          .onConflictDoUpdate({ target: [modelAliases.model, modelAliases.alias], set }),
      );
      await recordChange(tx, { model }, actor, `alias ${alias}: version ${version}`);
      return found;
    });
  }

  /** @throws {ModelNotFoundError} no model of that name, or no version of it has the alias */
  async removeAlias(model: string, alias: string, actor: string): Promise<VersionEntry> {
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const [removed] = await ask(tx, (query) =>
        query
          .delete(modelAliases)
          .where(and(eq(modelAliases.model, model), eq(modelAliases.alias, alias)))
          .returning({ version: modelAliases.version }),
      );
      if (!removed) throw new AliasNotFoundError(model, alias);
      const named = await requireEntry(store, model, removed.version);
      this.#decide("removeAlias", named);
      await recordChange(tx, { model }, actor, `alias ${alias} removed from version ${named.version}`);
      return named;
    });
  }

  /**
   * @throws {ModelNotFoundError} no such model or version
   * @throws {BadUserInputError} more than 100 tags
   */
  async annotate({ model, version, description, tags }: ModelNote, actor: string): Promise<RegisteredModel> {
    return withTransaction(this.pool, async (tx) => {
      await holdModel(tx, model);
      const table = version ? modelVersions : models;
      const merged = {
        // What is undefined stays as it is.
        description,
        tags: sql`jsonb_strip_nulls(${table.tags} || ${jsonbValue(tags ?? {})})`,
      };
      const counted = { tags: sql<number>`(select count(*)::int from jsonb_object_keys(tags))` };
      const describedBy =
        description === undefined ? {} : { described_by: description === null ? null : actor };
      const [noted] = await ask(tx, (query) =>
        version
          ? query
              .update(modelVersions)
              .set(merged)
              .where(and(eq(modelVersions.model, model), eq(modelVersions.version, version)))
              .returning(counted)
          : query
              .update(models)
              .set({ ...merged, ...describedBy })
              .where(eq(models.name, model))
              .returning(counted),
      );
      if (!noted) throw new ModelNotFoundError(model, version ?? undefined);
      if (noted.tags > MAX_TAGS)
        throw new BadUserInputError(`tags: there would be ${noted.tags}, ${MAX_TAGS} are accepted`);
      const said = notedInWords({ description, tags });
      if (said) await recordChange(tx, { model }, actor, version ? `version ${version}: ${said}` : said);
      return (await new ModelStore(tx).findModel(model))!;
    });
  }

  /**
   * Its run, and the run's artifacts, stay; its number is not given again.
   * @throws {ModelNotFoundError} no such model or version
   * @throws {ConflictError} it is or was served, the prediction log has it, or an alias names it; nothing has changed
   */
  async deleteVersion(model: string, version: number, actor: string): Promise<RegisteredModel> {
    return withTransaction(this.pool, async (tx) => {
      const store = await lockModel(tx, model);
      const found = await requireEntry(store, model, version);
      this.#decide("delete", found, await whyKept(tx, found));
      await store.delete(found);
      await recordChange(tx, { model }, actor, `version ${version} deleted`);
      return (await store.findModel(model))!;
    });
  }

  #decide(
    kind: "setAlias" | "removeAlias" | "delete",
    version: VersionEntry,
    kept: string | null = null,
  ): void {
    const servable = isJudged(version) ? servability(version, this.definitions) : notJudged(version);
    decideChange({ kind }, { version, servability: servable, kept });
  }
}

/** Over the partitions of the log, by whichever index has it: two look-ups, where `or` would read them all. */
const ANY_ANSWER = `
  (select 1 from prediction_log where model = $1 and version = $2 limit 1)
  union all (select 1 from prediction_log where model = $1 and shadow_version = $2 limit 1)`;

async function whyKept(
  tx: Client,
  { model, version, stage, status, judgedBy }: VersionEntry,
): Promise<string | null> {
  if (status === "PENDING") return `run ${judgedBy} judges it; cancel that first`;
  if (SERVES[stage]) return `it is in ${stage}; archive it first`;
  const wasServed = and(
    ...[eq(stageTransitions.model, model), eq(stageTransitions.version, version)],
    eq(stageTransitions.to_stage, "PRODUCTION"),
  );
  const [served] = await find<{ at: string }>(
    tx,
    { at: sql`to_char(${stageTransitions.at} at time zone 'UTC', 'YYYY-MM-DD')` },
    (select) => select.from(stageTransitions).where(wasServed).orderBy(asc(stageTransitions.id)).limit(1),
  );
  if (served) return `it was in PRODUCTION from ${served.at} on, and what it answered refers to it`;
  const { rows: tried } = await tx.query("select 1 from canaries where model = $1 and version = $2 limit 1", [
    ...[model, version],
  ]);
  if (tried[0]) return "it was the challenger of a canary, which is on record";
  const { rows: answers } = await tx.query(ANY_ANSWER, [model, version]);
  if (answers[0]) return "the prediction log holds answers of it";
  const isOf = and(eq(modelAliases.model, model), eq(modelAliases.version, version));
  const [named] = await find<{ alias: string }>(tx, { alias: modelAliases.alias }, (select) =>
    select.from(modelAliases).where(isOf).orderBy(asc(modelAliases.alias)),
  );
  return named ? `the alias ${JSON.stringify(named.alias)} names it; remove that first` : null;
}
