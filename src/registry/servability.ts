import {
  type Deployment,
  type Feature,
  type FeatureService,
  featuresOf,
  findService,
} from "../definitions/language/deployment.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import type { ModelFeature, ModelVersion } from "./model.js";

/** Whether asof can predict with a version now, and what stands in the way. */
export type Servability =
  | { servable: true }
  | { servable: false; problem: string; features: string[]; remedy: string };

/** What can be said of a version without its file. */
type Registered = Pick<ModelVersion, "model" | "version" | "signature">;

const SERVABLE: Servability = { servable: true };

/**
 * The one place that says whether a version can be served: the deployment still gives it every feature of its signature
 * under the same name and with the same type, and its file loads. Features that it does not use do not matter.
 * @param fileProblem what keeps its file from loading; null: it loads, or is not asked about
 */
export function servability(
  version: Registered,
  definitions: Deployment,
  fileProblem: string | null = null,
): Servability {
  const declared = declaredServability(version, definitions);
  if (!declared.servable || fileProblem === null) return declared;
  const remedy = "train it again, or take another version";
  return { servable: false, problem: fileProblem, features: [], remedy };
}

/** @throws {ModelNotServableError} names the version, the features and what helps */
export function requireServable(version: Registered, found: Servability): void {
  if (found.servable) return;
  throw new ModelNotServableError(
    version.model,
    version.version,
    found.problem,
    found.remedy,
    found.features,
  );
}

/** In words, as `ModelVersion.notServable` and `health` have it; null where it can be served. */
export const whyNotServable = (found: Servability): string | null =>
  found.servable ? null : `${found.problem}; ${found.remedy}`;

/** Definitions and signatures do not change while a process runs, and every prediction asks. */
const answers = new WeakMap<Deployment, WeakMap<ModelVersion["signature"], Servability>>();

function declaredServability(version: Registered, definitions: Deployment): Servability {
  const known = answers.get(definitions) ?? new WeakMap<ModelVersion["signature"], Servability>();
  answers.set(definitions, known);
  const answer = known.get(version.signature) ?? compare(version, definitions);
  known.set(version.signature, answer);
  return answer;
}

function compare({ model, signature }: Registered, definitions: Deployment): Servability {
  const service = findService(definitions, model);
  if (!service) {
    const problem = `the deployment no longer declares the feature service ${JSON.stringify(model)}`;
    const features = signature.features.map(({ name }) => name);
    return { servable: false, problem, features, remedy: "declare the service again" };
  }
  const misfits = misfitsOf(signature.features, service);
  if (misfits.length === 0) return SERVABLE;
  const features = misfits.map(({ name }) => name);
  return {
    servable: false,
    problem: misfits.map(({ problem }) => problem).join(", "),
    features,
    remedy:
      `declare ${features.join(", ")} again as the version was trained with, ` +
      "or train without, and promote that version",
  };
}

/** A model may leave features out; one that the service does not give it, or gives it otherwise, cannot be served. */
function misfitsOf(
  features: readonly ModelFeature[],
  { views }: FeatureService,
): { name: string; problem: string }[] {
  const declared = new Map(featuresOf(views).map((feature) => [feature.name, feature]));
  return features.flatMap((feature) => {
    const found = declared.get(feature.name);
    if (!found) return [{ name: feature.name, problem: `${feature.name} is not declared` }];
    const [is, was] = typesOf(found, feature);
    return is === was ? [] : [{ name: feature.name, problem: `${feature.name} is ${is}, not ${was}` }];
  });
}

/** Signatures of earlier releases have no type, only how the learner took it. */
function typesOf({ column }: Feature, { kind, type }: ModelFeature): [is: string, was: string] {
  return type === undefined ? [kindOfColumn(column.type), kind] : [column.type, type];
}

/** How models take a column: text as categories, everything else as numbers. */
export const kindOfColumn = (type: Feature["column"]["type"]): ModelFeature["kind"] =>
  type === "string" ? "categorical" : "numeric";
