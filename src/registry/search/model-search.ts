import type { Pool } from "../../db/pool.js";
import { selectList } from "../../db/typed.js";
import type { Stage, VersionEntry } from "../model.js";
import { VERSION_FIELDS } from "../model-store.sql.js";
import {
  compileCondition,
  compileOrder,
  hexOf,
  instantColumn,
  leafField,
  type SearchField,
  type SearchFields,
  tagColumn,
  textColumn,
} from "./compile.js";
import type { SearchPage, SearchRequest } from "./condition.js";
import { offsetOf, offsetToken } from "./search-page.js";

/** A registered model as lists have it, whether the deployment serves it or it is only kept. */
export interface ListedModel {
  name: string;
  kind: "served" | "kept";
  description: string | null;
  tags: Record<string, string>;
  createdAt: Date;
}

const MODEL_LIST = `name, kind, description, tags, created_at as "createdAt"`;
const VERSION_LIST = selectList(VERSION_FIELDS);

const MODEL_FIELDS = { name: textColumn("name"), createdAt: instantColumn("created_at") };
const modelFields: SearchFields = (leaf, parameter) =>
  "tag" in leaf ? tagColumn(leaf.tag, parameter) : leafField(leaf, MODEL_FIELDS);

const VERSION_SEARCH_FIELDS: Readonly<Record<string, SearchField>> = {
  model: textColumn("model"),
  version: { type: "number", sql: "version" },
  runId: textColumn(hexOf("run_id")),
  source: textColumn("source"),
  createdAt: instantColumn("created_at"),
};
const versionFields: SearchFields = (leaf, parameter) =>
  "tag" in leaf ? tagColumn(leaf.tag, parameter) : leafField(leaf, VERSION_SEARCH_FIELDS);

/** Registered models and their versions as clients search them. */
export class ModelSearch {
  constructor(private readonly pool: Pool) {}

  async find(name: string): Promise<ListedModel | null> {
    const { rows } = await this.pool.query<ListedModel>(
      `select ${MODEL_LIST} from models where name = $1 and deleted_at is null`,
      [name],
    );
    return rows[0] ?? null;
  }

  /** By name unless an order is asked for. */
  models(request: SearchRequest): Promise<SearchPage<ListedModel>> {
    return this.#page(request, modelFields, `select ${MODEL_LIST} from models where deleted_at is null`, [
      "name",
    ]);
  }

  /** The newest first unless an order is asked for. */
  versions(request: SearchRequest): Promise<SearchPage<VersionEntry>> {
    const newest = ["created_at desc", "model", "version desc"];
    return this.#page(
      request,
      versionFields,
      `select ${VERSION_LIST} from model_versions where true`,
      newest,
    );
  }

  /** Of each of these models the newest version of each stage, or of these stages. */
  async latest(models: readonly string[], stages: readonly Stage[] | null = null): Promise<VersionEntry[][]> {
    const { rows } = await this.pool.query<VersionEntry>(
      `select distinct on (model, stage) ${VERSION_LIST} from model_versions
       where model = any($1) and ($2::text[] is null or stage = any($2)) order by model, stage, version desc`,
      [models, stages],
    );
    const byModel = new Map<string, VersionEntry[]>(models.map((name) => [name, []]));
    for (const version of rows) byModel.get(version.model)!.push(version);
    return models.map((name) => byModel.get(name)!);
  }

  async #page<Row extends object>(
    { conditions, order, first, after }: SearchRequest,
    fields: SearchFields,
    select: string,
    last: readonly string[],
  ): Promise<SearchPage<Row>> {
    const values: unknown[] = [];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const offset = offsetOf(after);
    const where = conditions
      .map((condition) => ` and ${compileCondition(condition, fields, parameter)}`)
      .join("");
    const by = [...compileOrder(order, fields, parameter), ...last];
    const { rows } = await this.pool.query<Row>(
      `${select}${where} order by ${by.join(", ")} limit ${first + 1} offset ${offset}`,
      values,
    );
    return { found: rows.slice(0, first), next: rows.length > first ? offsetToken(offset + first) : null };
  }
}
