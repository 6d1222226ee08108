import { z } from "zod";
import { MEASURED } from "../../registry/files/file-owner.js";
import { BACKGROUND_FILE } from "../../serving/background-rows.js";
import type { ExpectedAnswer } from "../../serving/expected-answers.js";
import type { HeldFeatures } from "../run-kind.js";
import { featuresOfModel } from "../training/features-of-model.js";

/** What a REGISTER run stores, by name. Nothing there is called as a client says: what its trainer calls the model is another run's. */
export const MODEL_FILE = "model.onnx";
/** What the model gave where it was trained, by key: of who is erased it is taken out. */
export const EXPECTED_FILE = "expected.json";

/** The folder of what an archive says of a version that came in one. */
export const SOURCE = "source/";

const expectedAnswers = z.array(z.object({ key: z.string(), probability: z.number() })) satisfies z.ZodType<
  ExpectedAnswer[]
>;

export const expectedFile = (expected: readonly ExpectedAnswer[]) => ({
  name: EXPECTED_FILE,
  mediaType: "application/json",
  bytes: Buffer.from(JSON.stringify(expected)),
});

export const readExpected = (bytes: Buffer): ExpectedAnswer[] =>
  expectedAnswers.parse(JSON.parse(bytes.toString("utf8")));

/** Answers have no values of features, and reports are counts of them. Of a file that is not known it cannot be said. */
export const heldByRegistration: HeldFeatures = (file, params, deployment) => {
  // The rows hold values of what the model's file takes; so may what is said of it elsewhere.
  if (file === BACKGROUND_FILE || file.startsWith(SOURCE))
    return featuresOfModel(MODEL_FILE, params, deployment);
  if (file === MODEL_FILE) return featuresOfModel(file, params, deployment);
  return file === EXPECTED_FILE || file.startsWith(MEASURED) ? [] : null;
};
