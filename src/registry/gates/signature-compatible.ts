import { defineGate } from "./gate.js";

/** Asked before a version is judged at all; on record with the other gates. */
export const signatureCompatible = defineGate({
  name: "signature_compatible",
  passesWhen: "the feature service declares each of its features, of the same kind",
  declaration: "always",
  needs: ["candidate", "servability"],
  forcible: false,
  async judge(_, evidence) {
    const { features } = evidence.candidate().signature;
    const found = evidence.servability();
    const details = { features: features.length, misfits: found.servable ? [] : found.features };
    const message = found.servable
      ? `the feature service declares each of its ${features.length} features, of the same kind`
      : found.problem;
    return [{ passed: found.servable, message, details }];
  },
});
