import { Field, ObjectType, registerEnumType } from "type-graphql";
import type { Experiment } from "../registry/experiment.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { described, namesOf } from "./enum-of.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";
import { connectionOf } from "./page-info.type.js";

const STATES = {
  ACTIVE: "It takes runs, and is in lists.",
  DELETED: "It was put aside with its runs, and takes nothing until it is restored.",
} as const;
export type ExperimentStateName = keyof typeof STATES;
export const ExperimentState = namesOf(STATES);
registerEnumType(ExperimentState, { name: "ExperimentState", valuesConfig: described(STATES) });

@ObjectType("Experiment", {
  implements: NodeType,
  simpleResolvers: true,
  description:
    "What runs are filed under. `Default` has runs made elsewhere that name no other, `asof` those of asof's own kinds; clients of MLflow make others.",
})
export class ExperimentType implements Omit<Experiment, "id" | "deletedAt"> {
  @Field(() => String, { description: "Of one experiment alone, also of one that is deleted." })
  name!: string;

  @Field(() => JsonScalar, { description: "Texts by name." })
  tags!: Record<string, string>;

  @Field(() => String, { description: "Who made it." })
  actor!: string;

  @Field(() => DateTimeScalar, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When its name, its tags or its state were last changed." })
  updatedAt!: Date;
}

export const ExperimentConnection = connectionOf("Experiment", () => ExperimentType);
