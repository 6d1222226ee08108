import { Field, Float, ObjectType } from "type-graphql";
import type { DriftPoint } from "../monitoring/drift-history.js";
import { DateScalar } from "./date.scalar.js";

@ObjectType("DriftPoint", {
  simpleResolvers: true,
  description:
    "How far one feature of a snapshot has moved from the snapshot that Production was trained on.",
})
export class DriftPointType implements DriftPoint {
  @Field(() => DateScalar, { description: "The snapshot's date." })
  asOf!: string;

  @Field(() => DateScalar, { description: "The date that the Production version was trained on." })
  against!: string;

  @Field(() => String, { description: "The feature's name." })
  feature!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "Population stability index over deciles of `against`, or values; null where nothing can be said, or not yet.",
  })
  psi!: number | null;

  @Field(() => Boolean, {
    description: "As a DRIFT run judges it: significant with all features considered, and of some size.",
  })
  drifted!: boolean;

  @Field(() => Boolean, { description: "It is still to be compared: ask again." })
  pending!: boolean;
}
