import { Field, InputType, Int } from "type-graphql";
import type { PromoteRequest } from "../registry/model.js";
import { DEFAULT_MODEL } from "./default-model.js";
import { Stage } from "./stage.enum.js";

@InputType("PromoteInput")
export class PromoteInput implements Omit<PromoteRequest, "actor"> {
  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Stage, { defaultValue: Stage.PRODUCTION })
  stage!: PromoteRequest["stage"];

  @Field(() => String, { nullable: true })
  reason?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Passes failed gates, needs a reason, and is on record.",
  })
  force!: boolean;
}
