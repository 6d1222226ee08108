import { ObjectType } from "type-graphql";
import { type Deployment, featuresOf, retiredFeaturesOf } from "../definitions/language/deployment.js";
import { serviceFeatures } from "../definitions/language/service-features.js";
import { declareColumns } from "./generated-fields.js";

/** Its root value is `UserFeatures.values`, keyed by snake_case name. */
@ObjectType("Features", {
  description:
    "One field per feature of the deployment's views; those that are retired have values as of dates before. What requests bring " +
    "and what is computed has values in predictions alone.",
})
export class FeaturesType {}

export function declareFeatures({ views, services }: Deployment): void {
  const added = services.flatMap((service) =>
    serviceFeatures(service).filter(({ kind }) => kind !== "stored"),
  );
  declareColumns(
    FeaturesType,
    Object.fromEntries(
      [...featuresOf(views), ...retiredFeaturesOf(views), ...added].map(({ name, column }) => [name, column]),
    ),
  );
}
