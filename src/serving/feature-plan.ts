import type { Column, ColumnValue } from "../definitions/language/column.js";
import { type Deployment, type FeatureService, findService } from "../definitions/language/deployment.js";
import type { Evaluate } from "../definitions/language/expression/operations.js";
import {
  type ComputedFeature,
  requestedFeatures,
  type ServiceFeature,
  serviceFeatures,
  storedInputs,
} from "../definitions/language/service-features.js";
import { compileOver } from "../features/derived-columns.js";
import { type FeatureSelection, selectForModel } from "../features/feature-selection.js";
import type { FeatureStatus, UserFeatures } from "../features/types.js";
import type { ModelSignature, ModelVersion } from "../registry/model.js";
import { type Givable, GivenValues, type Values } from "./given-values.js";

/** What a version was given: features by name, whatever they come from. */
export type ServedFeatures = Pick<UserFeatures, "asOf" | "values" | "statuses">;

/** What a version is given, and where each of it comes from. */
export class FeaturePlan {
  /** What is read of the feature store: exactly what the version takes, and what is computed from. */
  readonly selection: FeatureSelection;
  readonly #computed: readonly { feature: ComputedFeature; evaluate: Evaluate }[];
  /** Those of the request that the version takes itself. */
  readonly #requested: readonly string[];
  readonly #stored: ReadonlyMap<string, Column>;

  /** @param taken the features that are taken, by name */
  constructor(
    definitions: Deployment,
    service: FeatureService,
    taken: { readonly features: readonly { readonly name: string }[] },
  ) {
    const wanted = new Set(taken.features.map(({ name }) => name));
    const features = serviceFeatures(service).filter(({ name }) => wanted.has(name));
    this.#stored = storedInputs(features);
    this.selection = selectForModel(definitions, service.name, this.#stored.keys());
    this.#requested = features.flatMap(({ name, kind }) => (kind === "request" ? [name] : []));
    this.#computed = features.flatMap((feature) =>
      feature.kind === "derived" ? [{ feature, evaluate: compiled(feature) }] : [],
    );
  }

  /** Of the features that have no value, and a version needs: what is to be delivered, which no derived feature is. */
  lacking({ statuses }: ServedFeatures, missing: readonly string[]): readonly string[] {
    if (this.#computed.length === 0) return missing;
    const unusable = new Set(statuses.flatMap(({ name, status }) => (isUnusable(status) ? [name] : [])));
    const lacking = missing.flatMap((name) => {
      const computed = this.#computed.find(({ feature }) => feature.name === name);
      if (!computed) return [name];
      const inputs = computed.feature.inputs
        .map((input) => input.name)
        .filter((input) => unusable.has(input));
      return inputs.length > 0 ? inputs : [name];
    });
    return [...new Set(lacking)];
  }

  /** With what the request brings and what is computed: the one way to a version's features, with a key or without. */
  complete<Stored extends ServedFeatures>(stored: Stored, request: Values): Stored {
    if (this.#requested.length === 0 && this.#computed.length === 0) return stored;
    const values: Record<string, ColumnValue> = { ...stored.values };
    const statuses = [...stored.statuses];
    for (const name of this.#requested) {
      values[name] = request[name] ?? null;
      statuses.push(statusOf(name, "request", values[name]));
    }
    const states = new Map(stored.statuses.map((status) => [status.name, status]));
    for (const { feature, evaluate } of this.#computed) {
      const { name, inputs } = feature;
      const unusable = inputs
        .map((input) => states.get(input.name))
        .find((state) => state && isUnusable(state.status));
      const row = inputs.map(
        (input) => (input.kind === "request" ? request[input.name] : stored.values[input.name]) ?? null,
      );
      values[name] = unusable ? null : evaluate(row);
      const status = statusOf(name, "derived", values[name]);
      statuses.push(unusable ? { ...status, status: unusable.status } : status);
    }
    return { ...stored, values, statuses };
  }

  /** As the feature store would answer, of values that are given instead. */
  given(values: Values): ServedFeatures {
    const { views, places } = this.selection;
    const taken = views.flatMap((view, v) =>
      places[v]!.map((place) => ({ name: view.features[place]!, view: view.name })),
    );
    return {
      asOf: null,
      values: Object.fromEntries(taken.map(({ name }) => [name, values[name] ?? null])),
      statuses: taken.map(({ name, view }) => statusOf(name, view, values[name] ?? null)),
    };
  }

  /** Names of what a call without a key has to give. */
  get stored(): Iterable<string> {
    return this.#stored.keys();
  }
}

const isUnusable = (status: FeatureStatus["status"]): boolean =>
  status !== "PRESENT" && status !== "NULL_VALUE";

const compiled = ({ tree, inputs }: ComputedFeature): Evaluate =>
  compileOver(
    tree,
    inputs.map(({ column }, place) => ({ type: column.type, place })),
  );

const statusOf = (name: string, view: string, value: ColumnValue): FeatureStatus => ({
  name,
  view,
  status: value === null ? "NULL_VALUE" : "PRESENT",
  eventTime: null,
  ageSeconds: null,
  ttlSeconds: null,
});

/** Plans by version, and what a service's requests may bring: made once, for definitions do not change while a process runs. */
export class FeaturePlans {
  readonly #plans = new WeakMap<ModelSignature, FeaturePlan>();
  readonly #requests = new Map<string, GivenValues>();
  readonly #features = new Map<string, GivenValues>();

  constructor(private readonly definitions: Deployment) {}

  of({ model, signature }: Pick<ModelVersion, "model" | "signature">): FeaturePlan {
    let plan = this.#plans.get(signature);
    if (!plan) {
      plan = new FeaturePlan(this.definitions, findService(this.definitions, model)!, signature);
      this.#plans.set(signature, plan);
    }
    return plan;
  }

  /** Reads what a request to this model brings. */
  request(model: string): GivenValues {
    return this.#reader(this.#requests, "request", model, (service) =>
      requestedFeatures(service).flatMap(({ name, column, from }) =>
        from ? [{ name, column, source: from.source, sourceColumn: from.column }] : [],
      ),
    );
  }

  /** Reads the stored features that a call without a key gives. */
  features(model: string): GivenValues {
    return this.#reader(this.#features, "features", model, (service) =>
      givableFeatures(serviceFeatures(service)),
    );
  }

  #reader(
    readers: Map<string, GivenValues>,
    argument: string,
    model: string,
    givable: (service: FeatureService) => Givable[],
  ): GivenValues {
    let reader = readers.get(model);
    if (!reader) {
      reader = new GivenValues(argument, model, givable(findService(this.definitions, model)!));
      readers.set(model, reader);
    }
    return reader;
  }
}

function givableFeatures(features: readonly ServiceFeature[]): Givable[] {
  const found = new Map<string, Givable>();
  for (const feature of features) {
    if (feature.kind === "stored") {
      const { name, column, view } = feature;
      found.set(name, { name, column, source: view.source, sourceColumn: name });
    }
    if (feature.kind !== "derived") continue;
    for (const input of feature.inputs) {
      if (input.kind !== "stored") continue;
      const { name, column, source } = input;
      found.set(name, { name, column, source, sourceColumn: name });
    }
  }
  return [...found.values()];
}
