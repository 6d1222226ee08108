import { Field, Float, ID, ObjectType, registerEnumType } from "type-graphql";
import type { FeatureStatus, FeatureState as State, UserFeatures } from "../features/types.js";
import { DateScalar } from "./date.scalar.js";
import { FeaturesType } from "./features.type.js";

const FeatureState = {
  PRESENT: "PRESENT",
  NULL_VALUE: "NULL_VALUE",
  NOT_FOUND: "NOT_FOUND",
  OUTSIDE_MAX_AGE: "OUTSIDE_MAX_AGE",
  NOT_DECLARED: "NOT_DECLARED",
  MASKED: "MASKED",
} as const satisfies { [S in State]: S };
registerEnumType(FeatureState, {
  name: "FeatureState",
  description: "Why a value is there, or is not.",
  valuesConfig: {
    PRESENT: { description: "A value." },
    NULL_VALUE: {
      description:
        "The user's row is there and its value is empty (the model takes it as missing, unless it requires a value).",
    },
    NOT_FOUND: { description: "No row for this user." },
    OUTSIDE_MAX_AGE: { description: "Older than the view's ttl, not served." },
    NOT_DECLARED: {
      description:
        "The snapshot that the answer comes from was made without the feature, or, without asOf, it is retired.",
    },
    MASKED: {
      description:
        "The feature is personal, or computed of what is, and the caller may not see its value. Whether it is empty is not told.",
    },
  },
});

@ObjectType("FeatureStatus", { simpleResolvers: true })
export class FeatureStatusType implements FeatureStatus {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  view!: string;

  @Field(() => FeatureState)
  status!: State;

  @Field(() => DateScalar, { nullable: true, description: "The date the value holds from." })
  eventTime!: string | null;

  @Field(() => Float, { nullable: true })
  ageSeconds!: number | null;

  @Field(() => Float, { nullable: true })
  ttlSeconds!: number | null;
}

@ObjectType("UserFeatures", { simpleResolvers: true })
export class UserFeaturesType implements Omit<UserFeatures, "key" | "entity"> {
  @Field(() => ID)
  userId!: string;

  @Field(() => DateScalar, { nullable: true })
  asOf!: string | null;

  @Field(() => FeaturesType, {
    description:
      "Null where a value is empty, not found or outside its max age: an expired value is never served.",
  })
  values!: UserFeatures["values"];

  @Field(() => [FeatureStatusType])
  statuses!: FeatureStatus[];
}
