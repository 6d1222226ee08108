import type { ColumnType, ColumnValue } from "../../definitions/language/column.js";
import type { Deployment, Entity, FeatureService } from "../../definitions/language/deployment.js";
import { defaultEntityOf, entityOfService, viewsOf } from "../../definitions/language/entities.js";
import { featuresOf } from "../../definitions/language/feature-view.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { keyObject } from "../../definitions/language/key-form.js";
import type { PersonalColumns } from "../../definitions/language/personal.js";
import { serviceFeatures } from "../../definitions/language/service-features.js";
import type { ExportColumn, ExportRow } from "../../features/export-rows.js";
import { type FeatureSelection, selectFeatures } from "../../features/feature-selection.js";
import type { DatedRow } from "../../features/offline/offline-engine.js";
import type { UserFeatures } from "../../features/types.js";
import { requireEntity, requireService } from "../../inputs/entity-key.js";
import { FeaturePlan } from "../../serving/feature-plan.js";
import { chosenFeatures } from "../chosen-features.js";

/** What is joined to whose keys. */
export interface JoinedFeatures {
  entity: Entity;
  /** In the order they are answered. */
  features: readonly JoinedFeature[];
  /** What is read of the feature store. */
  selection: FeatureSelection;
  /** With what is computed of what was read. */
  complete(answer: UserFeatures): UserFeatures;
}

interface JoinedFeature {
  name: string;
  type: ColumnType;
}

interface Joinable {
  entity: Entity;
  known: JoinedFeature[];
  /** Whose features these are, for errors. */
  whose: string;
  read(names: readonly string[]): Pick<JoinedFeatures, "selection" | "complete">;
}

/**
 * The features of a service, or of an entity, that hold as of a date: stored ones, and what is derived of them alone.
 * @param masked what whoever asks may not see; null: they see all
 * @throws {BadUserInputError} there is no such service, entity or feature
 * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
 */
export function joinedFeatures(
  definitions: Deployment,
  asked: { service?: string | null; entity?: string | null; features?: readonly string[] | null },
  masked: PersonalColumns | null,
): JoinedFeatures {
  const { entity, known, whose, read } = asked.service
    ? ofService(definitions, requireService(definitions, asked.service))
    : ofEntity(
        definitions,
        asked.entity ? requireEntity(definitions, asked.entity) : defaultEntityOf(definitions),
      );
  const all = new Map(known.map((feature) => [feature.name, feature]));
  const names = chosenFeatures([...all.keys()], asked.features, masked, whose);
  return { entity, features: names.map((name) => all.get(name)!), ...read(names) };
}

function ofService(definitions: Deployment, service: FeatureService): Joinable {
  const dated = serviceFeatures(service).filter(
    (feature) =>
      feature.kind === "stored" ||
      (feature.kind === "derived" && feature.inputs.every(({ kind }) => kind === "stored")),
  );
  return {
    entity: entityOfService(definitions, service),
    known: dated.map(({ name, column: { type } }) => ({ name, type })),
    whose: `the service ${service.name} that a date has`,
    read: (names) => {
      const plan = new FeaturePlan(definitions, service, { features: names.map((name) => ({ name })) });
      return { selection: plan.selection, complete: (answer) => plan.complete(answer, {}) };
    },
  };
}

function ofEntity(definitions: Deployment, entity: Entity): Joinable {
  const views = viewsOf(definitions, entity);
  return {
    entity,
    known: featuresOf(views).map(({ name, column: { type } }) => ({ name, type })),
    whose: entity.name,
    read: (names) => ({
      selection: selectFeatures(definitions, entity, views, names),
      complete: (answer) => answer,
    }),
  };
}

/**
 * The columns of a file of joined features: the key, the date, the features, and the status of each where asked for. What a
 * column may hold is decided here alone, for every format and door.
 */
export function joinedColumns(
  { entity, features }: Pick<JoinedFeatures, "entity" | "features">,
  statuses: boolean,
): ExportColumn[] {
  return [
    ...keyColumnsOf(entity).map(({ column, type }) => ({
      ...{ name: column, required: true },
      type: type === "uuid" ? ("string" as const) : type,
    })),
    { name: "as_of", type: "date", required: true },
    ...features.map((feature) => ({ ...feature, required: false })),
    ...(statuses
      ? features.map(({ name }) => ({ name: `${name}__status`, type: "string" as const, required: true }))
      : []),
  ];
}

/** One row of that file. */
export function joinedRow(
  { entity, features, complete }: JoinedFeatures,
  statuses: boolean,
  { key, asOf }: DatedRow,
  answer: UserFeatures,
): ExportRow {
  const { values, statuses: states } = complete(answer);
  const parts: ColumnValue[] = Object.values(keyObject(entity, key));
  const found = features.map(({ name }) => values[name] ?? null);
  if (!statuses) return [...parts, asOf, ...found];
  const said = new Map(states.map(({ name, status }) => [name, status]));
  return [...parts, asOf, ...found, ...features.map(({ name }) => said.get(name)!)];
}
