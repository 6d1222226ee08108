import { z } from "zod";
import type { Entity } from "../definitions/language/deployment.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { givenKey } from "./openapi/value-shapes.js";

const NAMED = {
  model: z.string().nullish().describe("The feature service; that of the deployment unless given."),
  version: z.int32().nullish().describe("Of the model; the one in Production unless given."),
  request: z.unknown().optional().describe("Values of the features that a request brings, by name."),
};

/** `{"user_id": "…"}`: the key's columns, beside what else may be said. */
export const bodyByKey = (entity: Entity) =>
  z.strictObject({
    ...NAMED,
    as_of: z.string().nullish().describe("A date in the past; now unless given.").meta({ format: "date" }),
    ...Object.fromEntries(keyColumnsOf(entity).map((column) => [column.column, givenKey(column)])),
  });

/** Whose features are given has no row, neither now nor as of a date. */
export const bodyByFeatures = z.strictObject({
  ...NAMED,
  features: z.unknown().describe("Values of all stored features that the model takes, by name."),
});
