import { z } from "zod";
import {
  type Deployment,
  type Entity,
  type Feature,
  featuresOf,
  findService,
} from "../../definitions/language/deployment.js";
import { entityOfService, viewsOf } from "../../definitions/language/entities.js";
import { type FeatureSelection, selectFeatures } from "../../features/feature-selection.js";
import type { FeatureState, UserFeatures } from "../../features/types.js";
import { maxBatchRows } from "../../inputs/arguments.js";
import { FeastError, shapeError } from "./feast-error.js";
import { joinKeysOf, readSentKeys } from "./sent-keys.js";
import { readShape } from "./shapes.js";
import { feastValue } from "./value-type.js";

const MOST_FEATURES = 1_000;
const NEVER = "1970-01-01T00:00:00Z";

export const onlineRequestShape = z.object({
  features: z.array(z.string()).max(MOST_FEATURES).nullish().describe("Such as `view:feature`."),
  feature_service: z.string().nullish().describe("All features of it, in place of `features`."),
  entities: z
    .record(z.string(), z.array(z.unknown()).max(maxBatchRows))
    .describe("The keys, by the names of their columns; lists beside them are handed back."),
  full_feature_names: z.boolean().nullish().describe("`view__feature` in the answer, in place of `feature`."),
});

/** What `POST /get-online-features` asks for. */
export interface OnlineRequest {
  readonly keys: readonly string[];
  readonly features: readonly Feature[];
  readonly selection: FeatureSelection;
  readonly fullNames: boolean;
  /** The key's columns, then any other lists that were sent beside it: they are handed back. */
  readonly entities: readonly { readonly name: string; readonly values: readonly unknown[] }[];
}

/**
 * @throws {ShapeError} the body is not as the route takes it
 * @throws {FeastError} there is no such view or service
 */
export function readOnlineRequest(definitions: Deployment, body: unknown): OnlineRequest {
  const {
    features,
    feature_service: service,
    entities,
    full_feature_names,
  } = readShape(onlineRequestShape, body);
  const wanted = service != null ? ofService(definitions, service) : ofReferences(definitions, features);
  const entity = wanted.entity ?? entityOfKeys(definitions, wanted.features, entities);
  const columns = joinKeysOf(entity);
  const keys = readSentKeys(entity, entities, "entities");
  const others = Object.entries(entities).filter(([name]) => !columns.includes(name));
  for (const [name, values] of others) {
    if (values.length !== keys.length)
      throw shapeError(
        ["entities", name],
        `${keys.length} values were expected, one a key; got ${values.length}`,
      );
  }
  const views = viewsOf(definitions, entity);
  const names = wanted.features.map(({ name }) => name);
  return {
    keys,
    features: wanted.features,
    selection: selectFeatures(definitions, entity, views, names),
    fullNames: full_feature_names ?? false,
    entities: [...columns.map((name) => [name, entities[name]!] as const), ...others].map(
      ([name, values]) => ({
        ...{ name, values },
      }),
    ),
  };
}

interface Wanted {
  readonly features: readonly Feature[];
  /** Whose keys are asked for; null: those that were sent say it. */
  readonly entity: Entity | null;
}

function ofService(definitions: Deployment, name: string): Wanted {
  const service = findService(definitions, name);
  if (service) return { features: featuresOf(service.views), entity: entityOfService(definitions, service) };
  throw new FeastError(
    "FeatureServiceNotFoundException",
    `Feature service ${name} does not exist; there is ${definitions.services.map((each) => each.name).join(", ") || "none"}`,
  );
}

/** The entity whose keys were sent and which has all these features, its own or of one that it belongs to. */
function entityOfKeys(
  definitions: Deployment,
  features: readonly Feature[],
  sent: Readonly<Record<string, unknown>>,
): Entity {
  const having = definitions.entities
    .map(({ entity }) => entity)
    .filter((entity) => {
      const views = viewsOf(definitions, entity);
      return features.every(({ view }) => views.includes(view));
    });
  const named = having.find((entity) => joinKeysOf(entity).every((column) => Object.hasOwn(sent, column)));
  // Of one entity alone it is said which column of its key is missing.
  const [only, ...others] = having;
  if (named ?? (only && others.length === 0)) return named ?? only!;
  const keys = having.map((entity) => joinKeysOf(entity).join(", ")).join(" or ");
  throw keys
    ? shapeError(["entities"], `the key ${keys} is missing`, "missing")
    : shapeError(["features"], "no entity has all of these features; ask for those of one");
}

function ofReferences({ views }: Deployment, references: readonly string[] | null | undefined): Wanted {
  if (!references?.length)
    throw shapeError(
      ["features"],
      "features, such as view:feature, or feature_service was expected",
      "missing",
    );
  const features = references.map((reference, place) => {
    // A view may be pinned to its version: view@v2:feature.
    const [viewName = "", name] = reference.split(":", 2);
    const view = views.find((each) => each.name === viewName.replace(/@.*$/, ""));
    if (!view)
      throw new FeastError(
        "FeatureViewNotFoundException",
        `Feature view ${viewName} does not exist; there is ${views.map((each) => each.name).join(", ")}`,
      );
    const feature = featuresOf([view]).find((each) => each.name === name);
    if (feature) return feature;
    throw shapeError(
      ["features", place],
      `${JSON.stringify(reference)}: view ${view.name} has ${view.features.join(", ")}`,
    );
  });
  return { features, entity: null };
}

/** The answer as JSON text: one result a name, one value a key. */
export function onlineAnswer(request: OnlineRequest, answers: readonly UserFeatures[]): string {
  const { entities, features, fullNames } = request;
  const names = features.map(({ name, view }) => (fullNames ? `${view.name}__${name}` : name));
  const places = new Map(answers[0]?.statuses.map(({ name }, place) => [name, place]));
  const results = [
    ...entities.map(({ values }) =>
      result(
        values,
        values.map(() => "PRESENT"),
        values.map(() => NEVER),
      ),
    ),
    ...features.map(({ name, column }) => {
      const statuses = answers.map((answer) => answer.statuses[places.get(name)!]!);
      return result(
        answers.map(({ values }) => new Written(feastValue(values[name] ?? null, column.type))),
        statuses.map(({ status }) => FEAST_STATUS[status]),
        statuses.map(({ eventTime }) => (eventTime === null ? NEVER : `${eventTime}T00:00:00Z`)),
      );
    }),
  ];
  const feature_names = [...entities.map(({ name }) => name), ...names];
  return `{"metadata":${JSON.stringify({ feature_names })},"results":[${results.join(",")}]}`;
}

/** JSON that is text already. */
class Written {
  constructor(readonly text: string) {}
}

const result = (values: readonly unknown[], statuses: readonly string[], times: readonly string[]): string =>
  `{"values":[${values.map((value) => (value instanceof Written ? value.text : JSON.stringify(value))).join(",")}],` +
  `"statuses":${JSON.stringify(statuses)},"event_timestamps":${JSON.stringify(times)}}`;

/** Feast knows no feature that is not declared: it is one that is not found. Of one that is masked no status is given. */
const FEAST_STATUS = {
  PRESENT: "PRESENT",
  NULL_VALUE: "NULL_VALUE",
  NOT_FOUND: "NOT_FOUND",
  OUTSIDE_MAX_AGE: "OUTSIDE_MAX_AGE",
  NOT_DECLARED: "NOT_FOUND",
  MASKED: "INVALID",
} as const satisfies Record<FeatureState, string>;

/** What Feast's clients are told of a value. */
export const FEAST_STATUSES = [...new Set(Object.values(FEAST_STATUS))];
