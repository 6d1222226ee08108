import type { CalibrationMethod } from "../../../../values/decision.js";
import type { CalibrationGraph, CalibrationRecord, CalibrationTensors, Judged } from "./calibration.js";
import { type IsotonicSettings, isotonic } from "./isotonic.js";
import { type PlattSettings, platt } from "./platt.js";

interface SettingsOf {
  platt: PlattSettings;
  isotonic: IsotonicSettings;
}
type Method = Exclude<CalibrationMethod, "none">;

const calibrations: { readonly [Name in Method]: CalibrationRecord<SettingsOf[Name]> } = { platt, isotonic };

/** The simpler first. */
export const CALIBRATION_METHODS = Object.keys(calibrations) as readonly Method[];

/** What of a model's file puts its probabilities right; plain data. */
export type FittedCalibration = {
  [Name in Method]: { readonly method: Name; readonly settings: SettingsOf[Name] };
}[Method];

export const fitCalibration = (method: Method, judged: Judged): FittedCalibration =>
  ({ method, settings: calibrations[method].fit(judged) }) as FittedCalibration;

export function calibrate(
  { method, settings }: FittedCalibration,
  probabilities: Float64Array,
): Float64Array {
  return probabilities.map((calibrations[method] as CalibrationRecord<unknown>).map(settings));
}

export const calibrationGraph = (
  { method, settings }: FittedCalibration,
  tensors: CalibrationTensors,
): CalibrationGraph => (calibrations[method] as CalibrationRecord<unknown>).graph(settings, tensors);
