import type { Feature } from "../definitions/language/deployment.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import type { ModelSignature, TensorSpec } from "./model.js";
import type { OnnxFile, OnnxTensorInfo } from "./onnx-file.js";
import { kindOfColumn } from "./servability.js";

/** What a client says of its model where the file's names do not say it. */
export interface DeclaredSignature {
  inputs?: readonly { name: string; features: readonly string[] }[] | null;
  output?: string | null;
  /** The class whose probability is asked for, as the file's classifier names it. */
  positiveClass?: string | null;
}

const DOMAINS = ["", "ai.onnx.ml"];
/** Their running time is what the data says, and a run cannot be stopped. */
const UNBOUNDED = ["Loop", "Scan"];
const PROBABILITY_NAMES = ["probability", "probabilities", "output_probability"];

/** @throws {UnusableModelError} operators of other libraries or without an end, or values kept in other files */
export function requireSupportedGraph({ operators, externalTensors }: OnnxFile): void {
  if (externalTensors.length > 0) {
    throw new UnusableModelError(
      `the values of ${list(externalTensors)} are in another file; save the model with all its data in one`,
      { tensors: externalTensors.slice(0, 20) },
    );
  }
  const foreign = operators.filter(({ domain }) => !DOMAINS.includes(domain));
  if (foreign.length > 0) {
    throw new UnusableModelError(
      `it uses operators of the domain ${JSON.stringify(foreign[0]!.domain)}: ${list(foreign.map(({ name }) => name))}; only those of ai.onnx and ai.onnx.ml are run`,
      { domain: foreign[0]!.domain },
    );
  }
  const unbounded = operators.filter(({ domain, name }) => domain === "" && UNBOUNDED.includes(name));
  if (unbounded.length > 0) {
    throw new UnusableModelError(
      `it uses ${list(unbounded.map(({ name }) => name))}, whose running time has no bound; export it without`,
    );
  }
}

/**
 * Which features fill which input: those the client declares, else the feature an input is named after, else all
 * numeric ones for an input named `numeric`. Nothing is guessed from a width: the wrong order would go unnoticed.
 * @throws {UnusableModelError}
 */
export function signatureOf(
  file: OnnxFile,
  features: readonly Feature[],
  declared: DeclaredSignature,
): ModelSignature {
  const known = new Map(features.map((feature) => [feature.name, feature]));
  const named = new Map((declared.inputs ?? []).map((input) => [input.name, input.features]));
  for (const name of named.keys()) {
    if (file.inputs.some((input) => input.name === name)) continue;
    throw new UnusableModelError(
      `signature.inputs names ${JSON.stringify(name)}; the model's inputs are ${list(file.inputs.map((input) => input.name))}`,
    );
  }
  const used = new Set<string>();
  const inputs = file.inputs.map((input) => {
    const of = named.get(input.name) ?? byConvention(input, features);
    const kinds = of.map((name) => kindOf(input, name, known));
    for (const name of of) {
      if (used.has(name))
        throw new UnusableModelError(`feature ${JSON.stringify(name)} fills two places of its inputs`);
      used.add(name);
    }
    return { ...inputSpec(input, of, kinds), features: [...of] };
  });
  if (used.size === 0) throw new UnusableModelError("it has no inputs");
  return {
    inputs,
    outputs: [positiveOf(file, outputSpec(file, declared.output ?? null), declared.positiveClass ?? null)],
    features: features
      .filter(({ name }) => used.has(name))
      .map(({ name, column: { type } }) => ({ name, kind: kindOfColumn(type), type })),
  };
}

function byConvention(input: OnnxTensorInfo, features: readonly Feature[]): string[] {
  if (features.some(({ name }) => name === input.name)) return [input.name];
  if (input.name === "numeric") {
    return features.filter(({ column }) => column.type !== "string").map(({ name }) => name);
  }
  throw new UnusableModelError(
    `its input ${JSON.stringify(input.name)} is no feature; name the features that fill it, in order: ` +
      `signature: { inputs: [{ name: ${JSON.stringify(input.name)}, features: [...] }] }, of ${list(features.map(({ name }) => name))}`,
    { input: input.name },
  );
}

function kindOf(input: OnnxTensorInfo, name: string, known: ReadonlyMap<string, Feature>): "text" | "number" {
  const feature = known.get(name);
  if (feature) return feature.column.type === "string" ? "text" : "number";
  throw new UnusableModelError(
    `its input ${JSON.stringify(input.name)} asks for ${JSON.stringify(name)}, which is no feature; there are ${list([...known.keys()])}`,
    { input: input.name, feature: name },
  );
}

function inputSpec(
  input: OnnxTensorInfo,
  of: readonly string[],
  kinds: readonly ("text" | "number")[],
): TensorSpec {
  const refuse = (problem: string): never => {
    throw new UnusableModelError(`its input ${JSON.stringify(input.name)} ${problem}`, { input: input.name });
  };
  const accepted = kinds.includes("text") ? ["string"] : ["float32", "float64"];
  if (new Set(kinds).size > 1) refuse("mixes texts and numbers; give texts an input of their own");
  if (!accepted.includes(input.type ?? "")) {
    refuse(
      `is ${input.type ?? "no tensor"}; ${list(of)} ${of.length === 1 ? "needs" : "need"} ${accepted.join(" or ")}` +
        (kinds[0] === "number" ? ", which can say that a value is missing (NaN)" : ""),
    );
  }
  const shape = input.shape ?? [null, of.length];
  if (shape.length !== 1 && shape.length !== 2)
    refuse(`has ${shape.length} dimensions; rows, or rows and features, were expected`);
  if (shape[0] !== null)
    refuse(`takes exactly ${shape[0]} rows; export it with a first dimension of any length`);
  const width = shape.length === 1 ? 1 : (shape[1] ?? of.length);
  if (width !== of.length) refuse(`is ${width} wide; ${of.length} features are to fill it: ${list(of)}`);
  return { name: input.name, type: input.type!, shape: shape.length === 1 ? [null] : [null, width] };
}

/** Names of two classes for which the positive one is known without a declaration: the second. */
const USUAL_CLASSES = ["0 1", "-1 1", "false true", "no yes", "negative positive"];

/** The problem of a classifier with other class names, for which no positive class was declared. */
export function unnamedClasses(
  { classLists: [classes] }: OnnxFile,
  declared: DeclaredSignature,
): string | null {
  if (declared.positiveClass || !classes || USUAL_CLASSES.includes(classes.join(" ").toLowerCase()))
    return null;
  return `its classes are ${classes.join(", ")}; ${JSON.stringify(classes.at(-1))}, the last, is taken for the positive one, as positiveClass names none`;
}

/** @throws {UnusableModelError} the file does not say which column is that class's */
function positiveOf({ classLists }: OnnxFile, output: TensorSpec, positiveClass: string | null): TensorSpec {
  if (positiveClass === null) return output;
  const refuse = (problem: string): never => {
    throw new UnusableModelError(`positiveClass ${JSON.stringify(positiveClass)}: ${problem}`, {
      positiveClass,
    });
  };
  const classes =
    classLists[0] ??
    refuse("the file names no classes; without it, the second of two columns is the positive class's");
  if (classLists.length > 1)
    refuse(`the file names classes more than once: ${classLists.map(list).join("; ")}`);
  if (classes.length !== 2)
    refuse(`the file has ${classes.length} classes, ${list(classes)}; two were expected`);
  const column = classes.indexOf(positiveClass);
  if (column < 0) refuse(`the file's classes are ${list(classes)}`);
  if (column === 1) return output;
  const width = output.shape.length === 1 ? 1 : output.shape[1];
  if (width === 1)
    refuse(
      `the one column of its output ${JSON.stringify(output.name)} is the probability of ${JSON.stringify(classes[1])}`,
    );
  return { ...output, shape: [null, 2], column };
}

/** Of one column, or of two: then the second is that of the positive class, as scikit-learn's converters have it. */
function outputSpec({ outputs }: OnnxFile, declared: string | null): TensorSpec {
  const isProbability = ({ type, shape }: OnnxTensorInfo): boolean =>
    (type === "float32" || type === "float64") &&
    (!shape || shape.length === 1 || (shape.length === 2 && (shape[1] === null || shape[1]! <= 2)));
  const described = list(
    outputs.map(({ name, type, shape }) => `${name}: ${type ?? "no tensor"}[${shape?.join(", ") ?? "…"}]`),
  );
  const fitting = outputs.filter(isProbability);
  const named = fitting.filter(({ name }) => PROBABILITY_NAMES.includes(name));
  const chosen = declared
    ? outputs.find(({ name }) => name === declared)
    : fitting.length === 1
      ? fitting[0]
      : named.length === 1
        ? named[0]
        : undefined;
  if (!chosen || !isProbability(chosen)) {
    const maps = outputs.some(({ type }) => type === null);
    throw new UnusableModelError(
      `no output is known to be the probability: one float per row, or two, was expected of ${described}; name it in signature.output` +
        (maps ? ", or export without ZipMap (skl2onnx: options={'zipmap': False})" : ""),
    );
  }
  return { name: chosen.name, type: chosen.type!, shape: chosen.shape ?? [null, null] };
}

function list(names: readonly string[]): string {
  return names.slice(0, 20).join(", ") + (names.length > 20 ? `, and ${names.length - 20} more` : "");
}
