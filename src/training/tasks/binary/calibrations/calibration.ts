import type { OnnxNode, OnnxTensor } from "../../../../onnx/writer.js";
import type { SampleWeights } from "../../../sample-weights.js";

/** Probabilities and labels of rows that the model was not fitted on. */
export interface Judged {
  readonly labels: Uint8Array;
  readonly probabilities: Float64Array;
  readonly weights?: SampleWeights;
}

/** One way to put probabilities right. Its settings are plain data: they stand in the ONNX file and in the version's reports. */
export interface CalibrationRecord<Settings> {
  /** The same rows give the same settings, each of which is a float32. */
  fit(judged: Judged): Settings;
  /** From a probability to the one that it is put right to. */
  map(settings: Settings): (probability: number) => number;
  /** The same as nodes of an ONNX graph, in its arithmetic of float32. */
  graph(settings: Settings, tensors: CalibrationTensors): CalibrationGraph;
}

export interface CalibrationTensors {
  /** float[N, 1]: the probability that the learner gives. */
  probability: string;
  /** Its log odds, where the graph has them; null: they are to be computed. */
  logOdds: string | null;
  /** What the calibrated probability is called, float[N, 1]. */
  output: string;
}

/** What the inner tensors of a calibration begin with. */
export const CALIBRATION_NODES = "/calibration/";

export interface CalibrationGraph {
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
}
