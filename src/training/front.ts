// What a learner from outside is written with; `asof` exports it.

export { type Attribute, encodeModel, type OnnxNode, type OnnxTensor } from "../onnx/writer.js";
export { Explainer } from "./explain/explainer.js";
export * from "./learner.js";
export * from "./learners/param.js";
export { builtInLearners } from "./learners/registry.js";
export type { Matrix, MatrixColumn } from "./matrix.js";
export { graphInputs, labelEncoder, NUMERIC_INPUT } from "./onnx/inputs.js";
export { modelImportance } from "./scoring/model-importance.js";
export { answersOf as probabilitiesOf, repeatedScoring, type Scoring } from "./scoring/scoring.js";
export { graphOutputs, OUTPUT } from "./tasks/binary/output.js";
export type { Fold } from "./tasks/fold.js";
export { VALUE_OUTPUT, valueOutputs } from "./tasks/regression/output.js";
export { type Part, type PartKind, type Place, partKind } from "./threads/part.js";
