import type { Calibration } from "../../values/decision.js";
import { type TaskDeclaration, taskOfLabel } from "../../values/task.js";
import type { ColumnType } from "./column.js";
import { type DeclaredDerived, type DerivedFeature, declareDerived, isDerived } from "./derived.js";
import type { DriftPolicy } from "./drift-policy.js";
import type { Entity } from "./entity.js";
import type { FeatureView, PickedFeatures } from "./feature-view.js";
import type { Gates } from "./gates.js";
import type { DeclaredThreshold, Learns } from "./learns.js";
import { type RequestFeature, type RequestFeatures, requestFeaturesIn } from "./request.js";
import type { Source } from "./source.js";

/**
 * The features one model is trained on and served with, and the label it learns. Its name is the model's. What its features
 * are is for `serviceFeatures` to say.
 */
export interface FeatureService {
  readonly name: string;
  /** What its model answers about: the entity of its label, which this can say again. */
  readonly entity?: Entity;
  /** Of that entity, and of those it belongs to: the views that its stored features are of. */
  readonly views: readonly FeatureView[];
  /** By view, where it does not take all of its features: those that it takes. */
  readonly picked?: Readonly<Record<string, readonly string[]>>;
  /** What each request brings. */
  readonly request?: readonly RequestFeature[];
  /** What is computed of the others. */
  readonly derived?: readonly DeclaredDerived[];
  readonly label: { readonly source: Source; readonly column: string };
  /** What says how much each row counts in training and in what models are judged by; absent: all count the same. */
  readonly weight?: { readonly source: Source; readonly column: string };
  /** What its models learn, where the label's type does not say it. */
  readonly task?: "MULTICLASS";
  /** How the threshold is chosen; absent: it is the one with the best F1. */
  readonly threshold?: DeclaredThreshold;
  /** How probabilities are put right; absent: they stay as the learner gives them. */
  readonly calibration?: Calibration;
  readonly gates: Gates;
  /** Absent: drift is reported, nothing follows from it. */
  readonly driftPolicy?: DriftPolicy;
  readonly description?: string;
}

/** What a service's `features` are made of: whole views, some of a view's, what a request brings, what is derived. */
export type ServicePart = FeatureView | PickedFeatures | RequestFeatures | DerivedFeature;

/** Whole views, or parts of all kinds. */
type Taken = { views: readonly FeatureView[] } | { features: readonly ServicePart[] };
/** The column that is learnt, or the task with it. */
type Learnt<From extends Source> =
  | { label: { source: From; column: keyof From["columns"] & string } }
  | { task: Learns };

type ServiceOptions<From extends Source> = Taken &
  Learnt<From> &
  Pick<FeatureService, "entity" | "driftPolicy" | "description"> & { gates?: Gates };

export const featureService = <const From extends Source>(
  name: string,
  options: ServiceOptions<From>,
): FeatureService => {
  // As it was written from the first edition on: what it is hashed by does not change.
  if ("views" in options && "label" in options) return { name, gates: {}, ...options };
  const { entity, gates = {}, driftPolicy, description } = options;
  const taken = "views" in options ? { views: options.views } : partsOf(name, options.features);
  const learnt: Partial<Learns> = "task" in options ? options.task : {};
  const { threshold, calibration, named, weight } = learnt;
  const label = "task" in options ? options.task.label : options.label;
  return {
    name,
    ...(entity && { entity }),
    ...taken,
    label,
    ...(weight && { weight }),
    ...(named && { task: named }),
    ...(threshold && { threshold }),
    ...(calibration && { calibration }),
    gates,
    ...(driftPolicy && { driftPolicy }),
    ...(description === undefined ? {} : { description }),
  };
};

/** A view may have a feature called `kind`: its handle is then no text. */
const isPicked = (part: object): part is PickedFeatures =>
  (part as Partial<PickedFeatures>).kind === "picked";

type Parts = Pick<FeatureService, "views" | "picked" | "request" | "derived">;

function partsOf(service: string, parts: readonly ServicePart[]): Parts {
  const views = new Map<string, FeatureView>();
  const picked = new Map<string, readonly string[] | null>();
  const request: RequestFeature[] = [];
  const derived: DeclaredDerived[] = [];
  for (const part of parts) {
    const brought = requestFeaturesIn(part);
    if (brought) request.push(...brought);
    else if (isDerived(part)) derived.push(declareDerived(part));
    else {
      const [view, features] = isPicked(part) ? [part.view, part.features] : [part as FeatureView, null];
      if (views.has(view.name) && views.get(view.name) !== view)
        throw new Error(`service ${service}: two views in its features are called ${view.name}`);
      views.set(view.name, view);
      const before = picked.get(view.name);
      picked.set(view.name, features && before !== null ? [...(before ?? []), ...features] : null);
    }
  }
  const some = [...picked].filter(([, features]) => features !== null);
  return {
    views: [...views.values()],
    ...(some.length > 0 && { picked: Object.fromEntries(some) as Record<string, readonly string[]> }),
    ...(request.length > 0 && { request }),
    ...(derived.length > 0 && { derived }),
  };
}

/** The type of the column that a service's models learn. */
export const labelTypeOf = ({ label }: FeatureService): ColumnType =>
  label.source.columns[label.column]!.type;

/** What a service's models do: by the label's type, unless it says it; undefined where no task learns such a column. */
export const taskOfService = (service: FeatureService): TaskDeclaration | undefined =>
  taskOfLabel(labelTypeOf(service), service.task);
