import { defineGate } from "./gate.js";

export const snapshotValidated = defineGate({
  name: "snapshot_validated",
  passesWhen: "the ingest runs of both snapshots it was trained from passed validation",
  declaration: "always",
  needs: ["snapshotsValidated"],
  forcible: true,
  async judge(_, evidence) {
    const passed = await evidence.snapshotsValidated();
    const message = passed
      ? "every snapshot it was trained from passed validation"
      : "a snapshot it was trained from has no passed validation";
    return [{ passed, message }];
  },
});
