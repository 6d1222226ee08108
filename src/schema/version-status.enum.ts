import { registerEnumType } from "type-graphql";
import type * as model from "../registry/model.js";
import { described, namesOf } from "./enum-of.js";

const STATUSES: Readonly<Record<model.VersionStatus, string>> = {
  PENDING: "It was registered, and its REGISTER run has not judged it yet.",
  READY: "It was judged, or it is only kept and needs no judgement.",
  FAILED: "It was refused, or its run failed or was cancelled; statusMessage says why.",
};
export const VersionStatus = namesOf(STATUSES);
registerEnumType(VersionStatus, { name: "VersionStatus", valuesConfig: described(STATUSES) });
