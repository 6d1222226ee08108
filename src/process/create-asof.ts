import type { AlertChannel } from "../alerts/channels/alert-channel.js";
import { alertChannels, builtInAlertChannels } from "../alerts/channels/registry.js";
import { checkDeclaredAlerts } from "../alerts/declared.js";
import type { AlertEvent } from "../alerts/events/alert-event.js";
import { alertEvents, builtInAlertEvents } from "../alerts/events/registry.js";
import { collectContradictions } from "../definitions/language/contradictions.js";
import type { Deployment } from "../definitions/language/deployment.js";
import type { OfflineEngine } from "../features/offline/offline-engine.js";
import { builtInOfflineEngines, offlineEngines } from "../features/offline/registry.js";
import type { OnlineStoreKind } from "../features/online/online-store-kind.js";
import { builtInOnlineStores, onlineStores } from "../features/online/registry.js";
import { checkExpectations } from "../ingest/expectations/declared.js";
import type { ExpectationRecord } from "../ingest/expectations/expectation.js";
import { builtInExpectations, expectations } from "../ingest/expectations/registry.js";
import type { FileFormat } from "../ingest/formats/file-format.js";
import { builtInFileFormats, fileFormats } from "../ingest/formats/registry.js";
import { checkDeclaredPlaces } from "../ingest/sources/places.js";
import { builtInSourceSchemes, sourceSchemes } from "../ingest/sources/registry.js";
import type { SourceScheme } from "../ingest/sources/source-scheme.js";
import type { RunKind } from "../jobs/run-kind.js";
import { builtInRunKinds, runKinds } from "../jobs/run-kinds.js";
import {
  builtInTrainingCommands,
  checkTrainingCommands,
  type TrainingCommand,
  trainingCommands,
} from "../jobs/train-externally/training-commands.js";
import type { Gate } from "../registry/gates/gate.js";
import { builtInGates, checkDeclaredGates, gates } from "../registry/gates/registry.js";
import type { Learner } from "../training/learner.js";
import { builtInLearners, learners } from "../training/learners/registry.js";
import type { Registry } from "../values/registry.js";

/** What a record of each kind is. A new kind is a line here, in `registries` and in `builtIn`. */
interface Kinds {
  runKinds: RunKind;
  learners: Learner;
  onlineStores: OnlineStoreKind;
  /** The first one reads. */
  offlineEngines: OfflineEngine;
  gates: Gate;
  expectations: ExpectationRecord;
  sourceSchemes: SourceScheme;
  fileFormats: FileFormat;
  trainingCommands: TrainingCommand;
  alertEvents: AlertEvent;
  alertChannels: AlertChannel;
}

const registries: { readonly [Kind in keyof Kinds]: Registry<Kinds[Kind]> } = {
  runKinds,
  learners,
  onlineStores,
  offlineEngines,
  gates,
  expectations,
  sourceSchemes,
  fileFormats,
  trainingCommands,
  alertEvents,
  alertChannels,
};

export type Records = { readonly [Kind in keyof Kinds]: readonly Kinds[Kind][] };

/** The records that asof comes with, for a deployment that adds to them. */
export const builtIn = Object.freeze({
  runKinds: builtInRunKinds,
  learners: builtInLearners,
  onlineStores: builtInOnlineStores,
  offlineEngines: builtInOfflineEngines,
  gates: builtInGates,
  expectations: builtInExpectations,
  sourceSchemes: builtInSourceSchemes,
  fileFormats: builtInFileFormats,
  trainingCommands: builtInTrainingCommands,
  alertEvents: builtInAlertEvents,
  alertChannels: builtInAlertChannels,
}) satisfies Records;

/** What a deployment module exports by default: its definitions, and the records that they may name. */
export interface AsofDeployment extends Partial<Records> {
  readonly definitions: Deployment;
}

/** Found by its description, because the module may have been loaded with another copy of asof. */
const MARK = Symbol.for("asof.deployment");

/** Describes a deployment; nothing starts. A kind that is left out has the built-in records. */
export function createAsof(parts: AsofDeployment): Readonly<AsofDeployment> {
  return Object.freeze({ ...parts, [MARK]: true });
}

export const isAsofDeployment = (value: unknown): value is AsofDeployment =>
  typeof value === "object" && value !== null && MARK in value;

/**
 * Fills the registries of this process or thread. Call it before anything is built from them. What is built in is this
 * copy's own: a record of the copy that the module was loaded with would ask the registries of that one.
 * @throws {Error} two records of a kind have the same name, or definitions contradict their records
 */
export function install(deployment: AsofDeployment): void {
  for (const kind of Object.keys(registries) as (keyof Kinds)[]) fill(kind, deployment);
  checkAgainstRecords(deployment.definitions);
}

/** @throws {DefinitionError} with every expectation, gate, place, training command and alert that contradicts its record, or that has none */
export function checkAgainstRecords(definitions: Deployment): void {
  collectContradictions((refuse) => {
    checkExpectations(definitions, refuse);
    checkDeclaredGates(definitions, refuse);
    checkDeclaredPlaces(definitions.sources, refuse);
    checkTrainingCommands(definitions, refuse);
    checkDeclaredAlerts(definitions, refuse);
  });
}

function fill<Kind extends keyof Kinds>(kind: Kind, deployment: Partial<Records>): void {
  registries[kind].use(deployment[kind] ?? (builtIn as Records)[kind]);
}
