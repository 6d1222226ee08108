import { reproducedDeclaration as declaration } from "../../definitions/language/gates.js";
import { defineGate } from "./gate.js";

export const reproduced = defineGate({
  name: "reproduced",
  passesWhen: "the newest successful `reproduce` of its training run was identical",
  declaration,
  needs: ["reproduction"],
  forcible: true,
  async judge(_, evidence) {
    const reproduction = await evidence.reproduction();
    if (!reproduction) {
      const message = "its training was not reproduced yet: mutation { reproduce(runId) }";
      return [{ passed: false, message }];
    }
    const { runId, identical } = reproduction;
    const message = identical
      ? `run ${runId} made the same model again, byte for byte`
      : `run ${runId} made another model; its result names what differs`;
    return [{ passed: identical, message, details: { runId } }];
  },
});
