import { extendOutput } from "../../../onnx/extend.js";
import type { Calibration, CalibrationMethod } from "../../../values/decision.js";
import { meanAndDeviation } from "../../evaluation/spread.js";
import type { OutOfFold } from "../../learner.js";
import type { SampleWeights } from "../../sample-weights.js";
import type { AnswerCalibration } from "../task.js";
import { calibrationCurve, expectedCalibrationError } from "./calibration.js";
import {
  CALIBRATION_METHODS,
  calibrate,
  calibrationGraph,
  type FittedCalibration,
  fitCalibration,
} from "./calibrations/registry.js";
import { brier, logLoss, nats } from "./metrics.js";
import { OUTPUT } from "./output.js";

/** Each row is judged by a calibration that was fitted on the other parts. */
const PARTS = 5;
/** A better mean counts as better from so many of its standard errors on. */
const SURE = 2;
const UNCALIBRATED = "/uncalibrated";

/**
 * The calibration that is asked for, fitted on all rows. AUTO takes the simplest one by whose log-loss the next does not fall by
 * more than two standard errors of the paired difference, each row judged by a fit that has not seen it.
 */
export function calibrateModel(
  outOfFold: OutOfFold,
  asked: Calibration,
  keys: Uint32Array | null = null,
): AnswerCalibration<Uint8Array> {
  const groups = keys && outOfFold.rows ? inOrder(outOfFold.rows.map((row) => keys[row]!)) : null;
  const tried = triedOf(asked).map((method) => ({
    method,
    probabilities: crossFitted(outOfFold, method, groups),
  }));
  const { labels, weights = null } = outOfFold;
  const chosen =
    asked === "auto"
      ? tried.reduce((best, other) => (isSurelyBetter(outOfFold, other, best, groups) ? other : best))
      : tried.find(({ method }) => method === asked)!;
  const fitted = chosen.method === "none" ? null : fitCalibration(chosen.method, outOfFold);
  return {
    metadata: fitted && JSON.stringify(fitted),
    judged: { labels, probabilities: chosen.probabilities, weights },
    apply: (probabilities) => (fitted ? calibrate(fitted, probabilities) : probabilities),
    extend: (onnx) => (fitted ? extended(onnx, fitted) : onnx),
    record: {
      asked,
      method: chosen.method,
      settings: fitted?.settings ?? null,
      tried: tried.map(({ method, probabilities }) => ({
        method,
        ...scoresOf(labels, probabilities, weights),
      })),
    },
  };
}

type Tried = { method: CalibrationMethod; probabilities: Float64Array };

function triedOf(asked: Calibration): CalibrationMethod[] {
  if (asked === "none") return ["none"];
  return ["none", ...(asked === "auto" ? CALIBRATION_METHODS : [asked])];
}

/** Numbered from 0, in the order in which they come first. */
function inOrder(keys: Uint32Array): Uint32Array {
  const places = new Map<number, number>();
  return keys.map((key) => {
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    return place;
  });
}

/**
 * Rows stand in the order of their keys' hashes within each fold: every k-th one is a random draw, and where keys have several
 * rows, every k-th key, with all its rows.
 * @param groups of each row its key's number; null: each has a key of its own
 */
function crossFitted(
  { labels, probabilities, weights = null }: OutOfFold,
  method: CalibrationMethod,
  groups: Uint32Array | null,
): Float64Array {
  if (method === "none") return probabilities;
  const parts = Uint8Array.from(labels, (_, row) => (groups ? groups[row]! : row) % PARTS);
  const put = new Float64Array(probabilities.length);
  for (let part = 0; part < PARTS; part++) {
    const isOther = (_: number, row: number) => parts[row] !== part;
    const fitted = fitCalibration(method, {
      labels: labels.filter(isOther),
      probabilities: probabilities.filter(isOther),
      weights: weights?.filter(isOther) ?? null,
    });
    const own = calibrate(
      fitted,
      probabilities.filter((_, row) => parts[row] === part),
    );
    for (let row = 0, k = 0; row < put.length; row++) if (parts[row] === part) put[row] = own[k++]!;
  }
  return put;
}

/** @param groups of each row its key's number: what rows of one key say counts once, as their sum */
function isSurelyBetter(
  { labels, weights = null }: OutOfFold,
  first: Tried,
  second: Tried,
  groups: Uint32Array | null,
): boolean {
  const gainOf = (label: number, row: number) =>
    (weights ? weights[row]! : 1) *
    (nats(label, second.probabilities[row]!) - nats(label, first.probabilities[row]!));
  const gains = groups ? summedByGroup(labels, groups, gainOf) : Array.from(labels, gainOf);
  const { mean, std } = meanAndDeviation(gains);
  return mean > (SURE * std) / Math.sqrt(gains.length);
}

function summedByGroup(
  labels: Uint8Array,
  groups: Uint32Array,
  gainOf: (label: number, row: number) => number,
): number[] {
  const sums: number[] = [];
  for (const [row, group] of groups.entries()) sums[group] = (sums[group] ?? 0) + gainOf(labels[row]!, row);
  return sums;
}

/** What a calibration is judged by. */
export const scoresOf = (labels: Uint8Array, probabilities: Float64Array, weights: SampleWeights = null) => ({
  log_loss: logLoss(labels, probabilities, weights),
  brier: brier(labels, probabilities, weights),
  expected_calibration_error: expectedCalibrationError(calibrationCurve(labels, probabilities, weights)),
});

const extended = (onnx: Uint8Array, fitted: FittedCalibration): Uint8Array =>
  extendOutput(onnx, OUTPUT, UNCALIBRATED, ({ op, inputs }) =>
    calibrationGraph(fitted, {
      probability: UNCALIBRATED,
      logOdds: op === "Sigmoid" ? inputs[0]! : null,
      output: OUTPUT,
    }),
  );
