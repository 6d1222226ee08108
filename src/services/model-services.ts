import type { CanaryReport } from "../monitoring/canary-report.js";
import type { Chunks, Member } from "../registry/archive/tar-members.js";
import type { ArtifactHolder, StoredArtifact } from "../registry/artifact-store.js";
import type { Canary, NewCanary } from "../registry/canaries.js";
import type { Comparison } from "../registry/evidence.js";
import type { FileTree } from "../registry/files/file-tree.js";
import type { KeptModels } from "../registry/kept-models.js";
import type { LoggedModels } from "../registry/logged-models.js";
import type {
  ModelVersion,
  PromoteRequest,
  RegisteredModel,
  Stage,
  StageTransition,
  VersionEntry,
} from "../registry/model.js";
import type { ModelAlias, ModelNote } from "../registry/model-catalogue.js";
import type { AliasKey, VersionKey } from "../registry/model-store.js";
import type { PromotionVerdict } from "../registry/promotion.js";
import type { RegistryChange } from "../registry/registry-changes.js";
import type { ModelSearch } from "../registry/search/model-search.js";
import type { Servability } from "../registry/servability.js";
import type { ModelEvaluation } from "../training/tasks/model-evaluation.js";
import type { ComparedMetricName } from "../values/task.js";

export interface ModelService {
  listModels(first: number): Promise<RegisteredModel[]>;
  findModels(names: readonly string[]): Promise<(RegisteredModel | null)[]>;
  /** The newest of each model, of those with a smaller number than `before`. */
  versions(models: readonly string[], first: number, before: number | null): Promise<VersionEntry[][]>;
  /** Of each model those in Production and Staging. */
  servingVersions(models: readonly string[]): Promise<ModelVersion[][]>;
  findVersion(model: string, version: number): Promise<VersionEntry | null>;
  findVersions(keys: readonly VersionKey[]): Promise<(VersionEntry | null)[]>;
  findVersionsByRun(runIds: readonly string[]): Promise<(VersionEntry | null)[]>;
  /** Of each model, or of a version of it. */
  transitions(
    keys: readonly { model: string; version: number | null }[],
    first: number,
    before: string | null,
  ): Promise<StageTransition[][]>;
  promote(request: PromoteRequest): Promise<ModelVersion>;
  /** What `promote` would say without force; nothing is changed. */
  promotionCheck(model: string, version: number, stage: Stage): Promise<PromotionVerdict>;
  /** On rows that neither was trained on; by what the gates compare by where no metric is named. */
  compareVersions(
    model: string,
    version: number,
    other: number,
    metric: ComparedMetricName | null,
  ): Promise<Comparison>;
  rollback(model: string, reason: string, actor: string): Promise<ModelVersion>;
  followTransitions(model: string | null): AsyncIterableIterator<StageTransition>;
  /** As they were measured when each was trained or registered; null where nothing of that was kept. */
  evaluations(versions: readonly ModelVersion[]): Promise<(ModelEvaluation | null)[]>;
  /** Whether asof can predict with it now. */
  servability(version: ModelVersion): Promise<Servability>;
}

/** How slow a client may be while it has the turn. */
export interface ClientPace {
  /** It sends, or takes, nothing for so long. */
  silenceMs: number;
  /** The whole file takes so long. */
  wholeMs: number;
}

/** Versions as files that other deployments take. */
export interface ArchiveService {
  readonly pace: ClientPace;
  /** @param use is given the members of the archive, in their order; the next export or import begins when it is done with them */
  export(model: string, version: number, use: (members: readonly Member[]) => Promise<void>): Promise<void>;
  /**
   * Registers what the archive holds, and waits a while for its judgement. Nothing of the file is read before its turn.
   * @param asked of the snapshot that it is judged on; the newest with labels unless given
   * @param permit is told of which model it is before anything is done with it
   */
  import(
    file: Chunks,
    asked: { asOf: string | null },
    actor: string,
    permit: (model: string) => void,
  ): Promise<{ version: VersionEntry; isNew: boolean; archive: string; signedBy: string | null }>;
}

/** A share of a model's keys that another version answers. */
export interface CanaryService {
  start(canary: NewCanary, actor: string): Promise<Canary>;
  /** @param promote through its gates: the challenger takes the place of Production, and the canary ends with it */
  end(model: string, ending: { promote: boolean; reason: string }, actor: string): Promise<Canary>;
  /** The newest first. */
  list(model: string, first: number): Promise<Canary[]>;
  report(canary: Canary): Promise<CanaryReport>;
}

/** Names, notes and the end of versions. */
export interface CatalogueService {
  aliases(models: readonly string[], first: number): Promise<ModelAlias[][]>;
  findByAliases(keys: readonly AliasKey[]): Promise<(VersionEntry | null)[]>;
  requireByAlias(model: string, alias: string): Promise<ModelVersion>;
  setAlias(model: string, alias: string, version: number, actor: string): Promise<VersionEntry>;
  removeAlias(model: string, alias: string, actor: string): Promise<VersionEntry>;
  annotate(note: ModelNote, actor: string): Promise<RegisteredModel>;
  deleteVersion(model: string, version: number, actor: string): Promise<RegisteredModel>;
  /** Of each model the newest first, of those before `before`. */
  changes(models: readonly string[], first: number, before: string | null): Promise<RegistryChange[][]>;
}

/** Files by their paths, as clients that lay them in folders have them. */
export type FileService = Pick<FileTree, "list" | "files" | "open" | "save" | "remove">;

/** Models as trainers outside log them, registered or not. */
export type LoggedModelService = Omit<LoggedModels, never>;

/** Registered models that the deployment does not serve. */
export type KeptModelService = Omit<KeptModels, never>;

export type ModelSearchService = Omit<ModelSearch, never>;

export interface ArtifactService {
  /** To be read from any byte on; null where no artifact has this SHA-256. */
  open(sha256: string): Promise<StoredArtifact | null>;
  /** The runs that have it. */
  holders(sha256: string): Promise<ArtifactHolder[]>;
}
