import type { Column } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { type Deployment, type FeatureService, findService } from "../definitions/language/deployment.js";
import {
  computationOf,
  type ServiceFeature,
  serviceFeatures,
} from "../definitions/language/service-features.js";
import { ModelNotServableError } from "../errors/model-not-servable.js";
import type { ModelFeature, ModelVersion, VersionEntry } from "./model.js";

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

/** Of a version that was not judged: nothing of it can be asked. */
export const notJudged = ({ status, statusMessage, judgedBy }: VersionEntry): Servability =>
  judgedBy === null
    ? unservable("it is only kept, not served", "register an ONNX file under the name of a feature service")
    : status === "PENDING"
      ? unservable("it is not judged yet", `follow run ${judgedBy}`)
      : unservable(statusMessage ?? "it was not judged", "register another file");

const unservable = (problem: string, remedy: string): Servability => ({
  servable: false,
  problem,
  features: [],
  remedy,
});

/** @throws {ModelNotServableError} names the version, the features and what helps */
export function requireServable(version: Pick<VersionEntry, "model" | "version">, found: Servability): void {
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
  service: FeatureService,
): { name: string; problem: string }[] {
  const declared = new Map(serviceFeatures(service).map((feature) => [feature.name, feature]));
  return features.flatMap((feature) => {
    const { name } = feature;
    const found = declared.get(name);
    if (!found) return [{ name, problem: `${name} is not declared` }];
    const [is, was] = typesOf(found, feature);
    if (is !== was) return [{ name, problem: `${name} is ${is}, not ${was}` }];
    const [expression, learnt] = [computationOf(found) ?? NOT_DERIVED, feature.expression ?? NOT_DERIVED];
    return expression === learnt ? [] : [{ name, problem: `${name} is ${expression}, not ${learnt}` }];
  });
}

const NOT_DERIVED = "a value that is given";

/** Signatures of earlier releases have no type, only how the learner took it. */
function typesOf({ column }: ServiceFeature, { kind, type }: ModelFeature): [is: string, was: string] {
  return type === undefined ? [kindOfColumn(column.type), kind] : [column.type, type];
}

/** How models take a column: text as categories, everything else as numbers. */
export const kindOfColumn = (type: Column["type"]): ModelFeature["kind"] =>
  factsOf(type).feature ?? "numeric";
