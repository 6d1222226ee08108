import { ObjectType } from "type-graphql";
import { type Deployment, featuresOf, retiredFeaturesOf } from "../definitions/language/deployment.js";
import { declareColumns } from "./generated-fields.js";

/** Its root value is `UserFeatures.values`, keyed by snake_case name. */
@ObjectType("Features", {
  description:
    "One field per feature of the deployment's views; those that are retired have values as of dates before.",
})
export class FeaturesType {}

export function declareFeatures({ views }: Deployment): void {
  declareColumns(
    FeaturesType,
    Object.fromEntries(
      [...featuresOf(views), ...retiredFeaturesOf(views)].map(({ name, column }) => [name, column]),
    ),
  );
}
