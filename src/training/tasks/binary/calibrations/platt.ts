import type { OnnxNode } from "../../../../onnx/writer.js";
import type { SampleWeights } from "../../../sample-weights.js";
import type { CalibrationRecord, CalibrationTensors } from "./calibration.js";

/** The log odds become slope * log odds + intercept. */
export interface PlattSettings {
  slope: number;
  intercept: number;
}

/** Probabilities nearer to 0 or 1 count as this near: their log odds are finite in 32 bits. */
const LEAST = 1e-6;
const MOST_LOG_ODDS = Math.fround(Math.log((1 - LEAST) / LEAST));
/** Of a model that ranks the wrong way round; more than 0, so that the order is kept. */
const LEAST_SLOPE = 1e-3;
const MOST_STEPS = 100;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const cut = (logOdds: number): number => Math.min(MOST_LOG_ODDS, Math.max(-MOST_LOG_ODDS, logOdds));
export const logOddsOf = (probability: number): number => cut(Math.log(probability / (1 - probability)));

/** Platt (1999) on log odds, with his targets, which no curve of finite slope reaches where the classes part. */
export const platt: CalibrationRecord<PlattSettings> = {
  fit({ labels, probabilities, weights = null }) {
    const logOdds = probabilities.map(logOddsOf);
    const fitted = newton(logOdds, targetsOf(labels, weights), weights, null);
    const { slope, intercept } =
      fitted.slope >= LEAST_SLOPE
        ? fitted
        : newton(logOdds, targetsOf(labels, weights), weights, LEAST_SLOPE);
    return { slope: Math.fround(slope), intercept: Math.fround(intercept) };
  },
  map:
    ({ slope, intercept }) =>
    (probability) =>
      sigmoid(slope * logOddsOf(probability) + intercept),
  graph({ slope, intercept }, tensors) {
    const { nodes, logOdds } = logOddsNodes(tensors);
    const single = (name: string, value: number) => ({
      name: `/calibration/${name}`,
      dims: [1],
      floats: [value],
    });
    return {
      nodes: [
        ...nodes,
        { op: "Max", inputs: [logOdds, "/calibration/least"], outputs: ["/calibration/raised"] },
        { op: "Min", inputs: ["/calibration/raised", "/calibration/most"], outputs: ["/calibration/cut"] },
        { op: "Mul", inputs: ["/calibration/cut", "/calibration/slope"], outputs: ["/calibration/sloped"] },
        {
          op: "Add",
          inputs: ["/calibration/sloped", "/calibration/intercept"],
          outputs: ["/calibration/log_odds"],
        },
        { op: "Sigmoid", inputs: ["/calibration/log_odds"], outputs: [tensors.output] },
      ],
      initializers: [
        single("least", -MOST_LOG_ODDS),
        single("most", MOST_LOG_ODDS),
        single("slope", slope),
        single("intercept", intercept),
        ...(nodes.length > 0 ? [single("one", 1)] : []),
      ],
    };
  },
};

function logOddsNodes({ probability, logOdds }: CalibrationTensors): { nodes: OnnxNode[]; logOdds: string } {
  if (logOdds !== null) return { nodes: [], logOdds };
  const nodes: OnnxNode[] = [
    { op: "Sub", inputs: ["/calibration/one", probability], outputs: ["/calibration/rest"] },
    { op: "Div", inputs: [probability, "/calibration/rest"], outputs: ["/calibration/odds"] },
    { op: "Log", inputs: ["/calibration/odds"], outputs: ["/calibration/given"] },
  ];
  return { nodes, logOdds: "/calibration/given" };
}

/** What a yes and a no count as: (N+ + 1) / (N+ + 2) and 1 / (N- + 2), of rows that weigh with what they weigh, as scikit-learn. */
function targetsOf(labels: Uint8Array, weights: SampleWeights): Float64Array {
  let [positives, negatives] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const weight = weights ? weights[row]! : 1;
    if (labels[row] === 1) positives += weight;
    else negatives += weight;
  }
  const [yes, no] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  return Float64Array.from(labels, (label) => (label === 1 ? yes : no));
}

/**
 * The least cross entropy by Newton's method, each step halved until it does not rise (Lin, Lin and Weng 2007).
 * @param fixed the slope, where only the intercept is sought
 */
function newton(
  logOdds: Float64Array,
  targets: Float64Array,
  weights: SampleWeights,
  fixed: number | null,
): PlattSettings {
  const lossAt = (slope: number, intercept: number) =>
    crossEntropy(logOdds, targets, weights, slope, intercept);
  let [slope, intercept] = [fixed ?? 1, 0];
  let loss = lossAt(slope, intercept);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [bySlope, byIntercept, slopes, both, intercepts] = [0, 0, 1e-12, 0, 1e-12];
    for (let row = 0; row < logOdds.length; row++) {
      const x = logOdds[row]!;
      const p = sigmoid(slope * x + intercept);
      const own = weights ? weights[row]! : 1;
      const [residual, weight] = [own * (p - targets[row]!), own * (p * (1 - p))];
      bySlope += residual * x;
      byIntercept += residual;
      slopes += weight * x * x;
      both += weight * x;
      intercepts += weight;
    }
    const determinant = slopes * intercepts - both * both;
    // Where all log odds are alike only their sum is known.
    const isLine = fixed !== null || !(determinant > 1e-9 * slopes * intercepts);
    const [towardsSlope, towardsIntercept] = isLine
      ? [0, byIntercept / intercepts]
      : [
          (intercepts * bySlope - both * byIntercept) / determinant,
          (slopes * byIntercept - both * bySlope) / determinant,
        ];
    let share = 1;
    let next = lossAt(slope - towardsSlope, intercept - towardsIntercept);
    while (next > loss && share > 1e-10) {
      share /= 2;
      next = lossAt(slope - share * towardsSlope, intercept - share * towardsIntercept);
    }
    if (!(next < loss)) break;
    slope -= share * towardsSlope;
    intercept -= share * towardsIntercept;
    loss = next;
  }
  return { slope, intercept };
}

/** Summed; log(1 + exp) without overflow. */
function crossEntropy(
  logOdds: Float64Array,
  targets: Float64Array,
  weights: SampleWeights,
  slope: number,
  intercept: number,
): number {
  let sum = 0;
  for (let row = 0; row < logOdds.length; row++) {
    const margin = slope * logOdds[row]! + intercept;
    const loss = Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(margin, 0) - targets[row]! * margin;
    sum += weights ? weights[row]! * loss : loss;
  }
  return sum;
}
