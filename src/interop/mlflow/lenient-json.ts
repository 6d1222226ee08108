import { type PythonWords, parsePythonJson } from "../../values/python-json.js";
import { invalid } from "./mlflow-error.js";

/** Texts, as MLflow's own client sends them. */
const AS_TEXTS: PythonWords = { NaN: '"NaN"', Infinity: '"Infinity"', "-Infinity": '"-Infinity"' };

/**
 * JSON, and what Python makes of a float that JSON has not: bare NaN and Infinity become texts. Nothing at all is an empty
 * object.
 * @throws {MlflowError}
 */
export function readLenientJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return parsePythonJson(text, AS_TEXTS);
  } catch (error) {
    throw invalid(`the body is no JSON: ${(error as Error).message}`);
  }
}
