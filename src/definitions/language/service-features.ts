import type { Column } from "./column.js";
import { columnOf } from "./column-of.js";
import { factsOf } from "./column-types/registry.js";
import { columnOfDerived, type DeclaredDerived, type LeafOwner } from "./derived.js";
import { expressionText } from "./expression/operations.js";
import { type ExpressionTree, type Leaf, leavesOf } from "./expression/tree.js";
import type { FeatureService } from "./feature-service.js";
import { type Feature, featuresOf } from "./feature-view.js";
import { camelCase } from "./names.js";
import { columnOfRequest, type RequestFeature } from "./request.js";
import type { Source } from "./source.js";
import { windowMeaning } from "./windows/window-columns.js";

/** Read from the feature store, by key. */
export interface StoredFeature extends Feature {
  readonly kind: "stored";
}
/** Brought by the request; learnt from a column of a source. */
export interface RequestedFeature extends Omit<Feature, "view"> {
  readonly kind: "request";
  readonly from: RequestFeature["from"];
}
/** Computed from others. */
export interface ComputedFeature extends Omit<Feature, "view"> {
  readonly kind: "derived";
  readonly tree: ExpressionTree;
  /** The expression as a text. */
  readonly expression: string;
  /** What its leaves are, in the order of `leavesOf`. */
  readonly inputs: readonly DerivedInput[];
}
export type DerivedInput =
  | { readonly kind: "stored"; readonly name: string; readonly column: Column; readonly source: Source }
  | {
      readonly kind: "request";
      readonly name: string;
      readonly column: Column;
      readonly from: RequestFeature["from"];
    };

/** One feature of a service, whatever its values come from. */
export type ServiceFeature = StoredFeature | RequestedFeature | ComputedFeature;

const known = new WeakMap<FeatureService, readonly ServiceFeature[]>();

/** All that a service's models may take, in the order of their inputs: stored, of the request, derived. */
export function serviceFeatures(service: FeatureService): readonly ServiceFeature[] {
  let features = known.get(service);
  if (!features) {
    const given = requestedFeatures(service).filter(({ column }) => isLearnable(column));
    features = [...storedFeatures(service), ...given, ...computedFeatures(service)];
    known.set(service, features);
  }
  return features;
}

/** Whether models take it: of days and instants, what is derived of them. */
export const isLearnable = ({ type }: Pick<Column, "type">): boolean => factsOf(type).feature !== null;

/** Of the views that a service names, the features that it takes. */
export function storedFeatures({ views, picked }: FeatureService): StoredFeature[] {
  return featuresOf(views)
    .filter(({ name, view }) => picked?.[view.name]?.includes(name) ?? true)
    .map((feature) => ({ kind: "stored", ...feature }));
}

export const requestedFeatures = ({ request = [] }: FeatureService): RequestedFeature[] =>
  request.map((feature) => ({
    kind: "request",
    name: feature.name,
    field: camelCase(feature.name),
    column: columnOfRequest(feature),
    from: feature.from,
  }));

const computedFeatures = (service: FeatureService): ComputedFeature[] =>
  (service.derived ?? []).map((feature) => {
    const inputs = leavesOf(feature.tree).map((leaf, i) =>
      inputOf(service, feature, leaf, feature.owners[i]!),
    );
    return {
      kind: "derived",
      name: feature.name,
      field: camelCase(feature.name),
      column: columnOfDerived(feature, inputs),
      tree: feature.tree,
      expression: expressionText(feature.tree),
      inputs,
    };
  });

function inputOf(
  { name: service, request = [] }: FeatureService,
  { name: of }: DeclaredDerived,
  { op, name }: Leaf,
  { source, view }: LeafOwner,
): DerivedInput {
  if (view) return { kind: "stored", name, column: columnOf(view, name), source: view.source };
  if (source) return { kind: "stored", name, column: source.columns[name]!, source };
  const feature = op === "request" ? request.find((each) => each.name === name) : undefined;
  if (!feature) throw new Error(`service ${service}: derived feature ${of}: nothing brings ${name}`);
  return { kind: "request", name, column: columnOfRequest(feature), from: feature.from };
}

/** What must be known of an entity to predict: the stored features, and what derived ones are computed from. */
export function storedInputs(features: Iterable<ServiceFeature>): Map<string, Column> {
  const inputs = new Map<string, Column>();
  for (const feature of features) {
    if (feature.kind === "stored") inputs.set(feature.name, feature.column);
    if (feature.kind !== "derived") continue;
    for (const input of feature.inputs) if (input.kind === "stored") inputs.set(input.name, input.column);
  }
  return inputs;
}

/** How a feature's values are computed, as a text; null of those that are delivered or given. */
export function computationOf(feature: ServiceFeature): string | null {
  if (feature.kind === "request") return null;
  if (feature.kind === "stored") return windowMeaning(feature.view.source, feature.name);
  const windows = feature.inputs.map((input) =>
    input.kind === "stored" ? { name: input.name, window: windowMeaning(input.source, input.name) } : null,
  );
  return computedOf(feature.expression, windows);
}

/** An expression, with what the windows among its inputs are. */
export function computedOf(
  expression: string,
  inputs: readonly ({ readonly name: string; readonly window?: string | null } | null)[],
): string {
  const windows = inputs.flatMap((input) => (input?.window ? [`${input.name}: ${input.window}`] : []));
  return [expression, ...new Set(windows)].join("; ");
}
