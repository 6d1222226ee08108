import type { Stage, VersionEntry, VersionStatus } from "../../registry/model.js";
import type { ModelAlias } from "../../registry/model-catalogue.js";
import type { ListedModel } from "../../registry/search/model-search.js";
import type { Services } from "../../services/services.js";
import { invalid } from "./mlflow-error.js";
import { runHex } from "./run-id.js";
import { pairsOf } from "./shapes.js";

/** Aliases of one model: MLflow lists them all. */
const MAX_ALIASES = 1_000;

const STAGES = {
  NONE: "None",
  STAGING: "Staging",
  PRODUCTION: "Production",
  ARCHIVED: "Archived",
} as const satisfies Record<Stage, string>;

const STATUSES = {
  PENDING: "PENDING_REGISTRATION",
  READY: "READY",
  FAILED: "FAILED_REGISTRATION",
} as const satisfies Record<VersionStatus, string>;

/** In any case, as MLflow takes it. @throws {MlflowError} */
export function stageOf(name: string): Stage {
  const found = (Object.keys(STAGES) as Stage[]).find((stage) => stage === name.toUpperCase());
  return found ?? refuseStage(name);
}

function refuseStage(name: string): never {
  throw invalid(
    `stage: one of ${Object.values(STAGES).join(", ")} was expected; got ${JSON.stringify(name.slice(0, 60))}`,
  );
}

const versionAnswer = (version: VersionEntry, aliases: readonly string[]) => ({
  name: version.model,
  version: String(version.version),
  creation_timestamp: version.createdAt.getTime(),
  last_updated_timestamp: version.createdAt.getTime(),
  current_stage: STAGES[version.stage],
  description: version.description ?? "",
  source: version.source ?? "",
  ...(version.runId ? { run_id: runHex(version.runId) } : {}),
  run_link: "",
  status: STATUSES[version.status],
  ...(version.statusMessage ? { status_message: version.statusMessage } : {}),
  ...(Object.keys(version.tags).length > 0 ? { tags: pairsOf(version.tags) } : {}),
  ...(aliases.length > 0 ? { aliases } : {}),
});

/** Versions as they are answered, each with its aliases. */
export async function versionAnswers(
  { catalogue }: Pick<Services, "catalogue">,
  versions: readonly VersionEntry[],
) {
  const names = [...new Set(versions.map(({ model }) => model))];
  const listed = await catalogue.aliases(names, MAX_ALIASES);
  const byModel = new Map(names.map((name, place) => [name, listed[place]!]));
  return versions.map((version) => namedAnswer(version, byModel.get(version.model)!));
}

const namedAnswer = (version: VersionEntry, ofModel: readonly ModelAlias[]) =>
  versionAnswer(
    version,
    ofModel.filter((alias) => alias.version === version.version).map(({ alias }) => alias),
  );

/** Models as they are answered, each with its aliases and the newest version of each stage: two reads, whatever their number. */
export async function modelAnswers(
  { catalogue, modelSearch }: Pick<Services, "catalogue" | "modelSearch">,
  models: readonly ListedModel[],
) {
  const names = models.map(({ name }) => name);
  const [aliases, latest] = await Promise.all([
    catalogue.aliases(names, MAX_ALIASES),
    modelSearch.latest(names),
  ]);
  return models.map((model, place) => modelAnswer(model, aliases[place]!, latest[place]!));
}

function modelAnswer(
  { name, description, tags, createdAt }: ListedModel,
  aliases: readonly ModelAlias[],
  newest: readonly VersionEntry[],
) {
  const latest = newest.map((version) => namedAnswer(version, aliases));
  return {
    name,
    creation_timestamp: createdAt.getTime(),
    last_updated_timestamp: Math.max(createdAt.getTime(), ...latest.map((each) => each.creation_timestamp)),
    ...(description ? { description } : {}),
    ...(latest.length > 0 ? { latest_versions: latest } : {}),
    ...(Object.keys(tags).length > 0 ? { tags: pairsOf(tags) } : {}),
    ...(aliases.length > 0
      ? { aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })) }
      : {}),
  };
}
