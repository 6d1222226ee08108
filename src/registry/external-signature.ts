import { computationOf, type ServiceFeature } from "../definitions/language/service-features.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import { CLASSES } from "../values/task.js";
import type { ModelSignature, TensorSpec } from "./model.js";
import type { OnnxFile, OnnxTensorInfo } from "./onnx-file.js";
import { kindOfColumn } from "./servability.js";

/** What a client says of its model where the file's names do not say it. */
export interface DeclaredSignature {
  inputs?: readonly { name: string; features: readonly string[] }[] | null;
  /** Where no inputs are named: the features that fill the one input of a matrix, in order. An input that is called as a feature needs none. */
  columns?: readonly string[] | null;
  output?: string | null;
  /** The class whose probability is asked for, as the file's classifier names it. */
  positiveClass?: string | null;
  /** Of a task with classes: what the columns of the output are of, where the file does not name them. */
  classes?: readonly string[] | null;
}

/** What the output of a task's models is. */
export interface ExpectedOutput {
  /** Columns that it may have, the fewest first. @param classes that the signature lists; 1 where it lists none */
  widths(classes: number): readonly number[];
  /** What it is usually called. */
  readonly names: readonly string[];
  /** In a sentence: `probability`. */
  readonly what: string;
}

const DOMAINS = ["", "ai.onnx.ml"];
/** Their running time is what the data says, and a run cannot be stopped. */
const UNBOUNDED = ["Loop", "Scan"];

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

/** What else is known of a file. */
interface SignatureHints {
  /** Whether its task has classes. */
  hasClasses?: boolean;
  /** Of features whose codes it takes: their categories, in order. */
  categories?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Which features fill which input: those the client declares, else the feature an input is named after, else all
 * numeric ones for an input named `numeric`. Nothing is guessed from a width: the wrong order would go unnoticed.
 * @param categories of the features that it was trained on as codes: an input of numbers takes them as such
 * @throws {UnusableModelError}
 */
export function signatureOf(
  file: OnnxFile,
  features: readonly ServiceFeature[],
  declared: DeclaredSignature,
  task: ExpectedOutput,
  { hasClasses = false, categories = {} }: SignatureHints = {},
): ModelSignature {
  const known = new Map(features.map((feature) => [feature.name, feature]));
  const named = new Map(declaredInputs(file, declared, known).map(({ name, features }) => [name, features]));
  for (const name of named.keys()) {
    if (file.inputs.some((input) => input.name === name)) continue;
    throw new UnusableModelError(
      `signature.inputs names ${JSON.stringify(name)}; the model's inputs are ${list(file.inputs.map((input) => input.name))}`,
    );
  }
  const used = new Set<string>();
  const encoded = new Set<string>();
  const inputs = file.inputs.map((input) => {
    const of = named.get(input.name) ?? byConvention(input, features);
    const isEncoded = (name: string) => input.type !== "string" && categories[name] !== undefined;
    const kinds = of.map((name) => (isEncoded(name) ? "number" : kindOf(input, name, known)));
    for (const name of of) {
      if (used.has(name))
        throw new UnusableModelError(`feature ${JSON.stringify(name)} fills two places of its inputs`);
      used.add(name);
      if (isEncoded(name)) encoded.add(name);
    }
    return { ...inputSpec(input, of, kinds), features: [...of] };
  });
  if (used.size === 0) throw new UnusableModelError("it has no inputs");
  const classes = hasClasses ? classesOf(file, declared) : null;
  const output = outputSpec(file, declared.output ?? null, task, classes?.length ?? 1);
  return {
    inputs,
    outputs: [classes ? output : positiveOf(file, output, declared.positiveClass ?? null)],
    ...(classes && { classes }),
    features: features
      .filter(({ name }) => used.has(name))
      .map((feature) => {
        const { type } = feature.column;
        const { name } = feature;
        const expression = computationOf(feature);
        const codes = encoded.has(name) && { categories: categories[name]! };
        return { name, kind: kindOfColumn(type), type, ...(expression && { expression }), ...codes };
      }),
  };
}

function declaredInputs(
  file: OnnxFile,
  { inputs, columns }: DeclaredSignature,
  known: ReadonlyMap<string, ServiceFeature>,
): NonNullable<DeclaredSignature["inputs"]> {
  const [matrix, ...others] = file.inputs;
  if (inputs?.length || !columns?.length || !matrix || others.length > 0 || known.has(matrix.name))
    return inputs ?? [];
  return [{ name: matrix.name, features: columns }];
}

function byConvention(input: OnnxTensorInfo, features: readonly ServiceFeature[]): string[] {
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

function kindOf(
  input: OnnxTensorInfo,
  name: string,
  known: ReadonlyMap<string, ServiceFeature>,
): "text" | "number" {
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

/** @throws {UnusableModelError} nobody says what the columns are of, or there are too few or too many */
function classesOf({ classLists }: OnnxFile, { classes: named, positiveClass }: DeclaredSignature): string[] {
  if (positiveClass)
    throw new UnusableModelError(
      "positiveClass is for a model of two classes; name the classes in order, or none",
    );
  if (!named?.length && classLists.length > 1)
    throw new UnusableModelError(
      `the file names classes more than once: ${classLists.map(list).join("; ")}; name them in signature.classes, in the order of the output's columns`,
    );
  const classes = named?.length ? named : classLists[0];
  if (!classes)
    throw new UnusableModelError(
      "the file names no classes; name them in signature.classes, in the order of the output's columns",
    );
  const twice = classes.find((name, place) => classes.indexOf(name) !== place);
  if (twice !== undefined)
    throw new UnusableModelError(`the class ${JSON.stringify(twice)} is named twice: ${list(classes)}`);
  if (classes.length < CLASSES.min || classes.length > CLASSES.max)
    throw new UnusableModelError(
      `it has ${classes.length} classes, ${list(classes)}; ${CLASSES.min} to ${CLASSES.max} were expected`,
    );
  return [...classes];
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
function outputSpec(
  { outputs }: OnnxFile,
  declared: string | null,
  task: ExpectedOutput,
  classes: number,
): TensorSpec {
  const { names, what } = task;
  const widths = task.widths(classes);
  const [fewest, widest] = [widths[0]!, widths.at(-1)!];
  const isAnswer = ({ type, shape }: OnnxTensorInfo): boolean =>
    (type === "float32" || type === "float64") &&
    (!shape ||
      (shape.length === 1 && fewest === 1) ||
      (shape.length === 2 && (shape[1] === null || (shape[1]! >= fewest && shape[1]! <= widest))));
  const described = list(
    outputs.map(({ name, type, shape }) => `${name}: ${type ?? "no tensor"}[${shape?.join(", ") ?? "…"}]`),
  );
  const fitting = outputs.filter(isAnswer);
  const named = fitting.filter(({ name }) => names.includes(name));
  const chosen = declared
    ? outputs.find(({ name }) => name === declared)
    : fitting.length === 1
      ? fitting[0]
      : named.length === 1
        ? named[0]
        : undefined;
  if (!chosen || !isAnswer(chosen)) {
    const maps = outputs.some(({ type }) => type === null);
    throw new UnusableModelError(
      `no output is known to be the ${what}: ${fewest > 1 ? `${fewest} floats` : "one float"} per row${widest > fewest ? ", or two," : ""} ${fewest > 1 ? "were" : "was"} expected of ${described}; name it in signature.output` +
        (maps ? "; what is no tensor is not read, but the maps of a ZipMap that ends the graph are" : ""),
    );
  }
  return { name: chosen.name, type: chosen.type!, shape: chosen.shape ?? [null, null] };
}

function list(names: readonly string[]): string {
  return names.slice(0, 20).join(", ") + (names.length > 20 ? `, and ${names.length - 20} more` : "");
}
