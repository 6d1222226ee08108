import { registerEnumType } from "type-graphql";
import type * as model from "../registry/model.js";

export const Stage = {
  NONE: "NONE",
  STAGING: "STAGING",
  PRODUCTION: "PRODUCTION",
  ARCHIVED: "ARCHIVED",
} as const satisfies { [S in model.Stage]: S };
registerEnumType(Stage, { name: "Stage" });
