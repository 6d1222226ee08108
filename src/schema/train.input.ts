import { Field, Float, InputType, Int, registerEnumType } from "type-graphql";
import type { TrainRequest, Undeclared as UndeclaredName } from "../jobs/job-service.js";
import { Algorithm, DEFAULT_ALGORITHM } from "./algorithm.enum.js";
import { DateScalar } from "./date.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";
import { JsonScalar } from "./json.scalar.js";

export const Undeclared = {
  REFUSE: "REFUSE",
  LEAVE_OUT: "LEAVE_OUT",
} as const satisfies { [U in UndeclaredName]: U };
registerEnumType(Undeclared, {
  name: "Undeclared",
  description: "What training does with a feature that the snapshot was made without.",
  valuesConfig: {
    REFUSE: { description: "It is refused, by the features' names." },
    LEAVE_OUT: { description: "It is trained without; the run's parameters say which were left out." },
  },
});

@InputType("TrainInput")
export class TrainInput implements TrainRequest {
  @Field(() => DateScalar, { description: "The snapshot the features come from." })
  asOf!: string;

  @Field(() => DateScalar, {
    nullable: true,
    description: "The snapshot the labels come from, asOf unless given; a later date trains a forecast.",
  })
  labelAsOf?: string | null;

  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Algorithm, { defaultValue: DEFAULT_ALGORITHM })
  algorithm!: TrainRequest["algorithm"];

  @Field(() => Int, { defaultValue: 42 })
  seed!: number;

  @Field(() => Float, { defaultValue: 0.25, description: "Share of the users held out to measure on." })
  testFraction!: number;

  @Field(() => JsonScalar, { nullable: true, description: "The algorithm's own parameters, by name." })
  params?: unknown;

  @Field(() => Int, {
    nullable: true,
    description:
      "2 to 20: also judges as many fits on stratified folds of the training rows; metrics cv_<name>_mean and _std.",
  })
  folds?: number | null;

  @Field(() => Undeclared, { defaultValue: Undeclared.REFUSE })
  undeclared!: UndeclaredName;
}
