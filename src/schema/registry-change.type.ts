import { Field, ID, ObjectType } from "type-graphql";
import type { RegistryChange } from "../registry/registry-changes.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("RegistryChange", {
  simpleResolvers: true,
  description: "Who changed an experiment, or a model beside the stages of its versions.",
})
export class RegistryChangeType implements RegistryChange {
  @Field(() => ID, { description: "Grows with each change; for `before`." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "When it was changed." })
  at!: Date;

  @Field(() => String, { description: "Who changed it." })
  actor!: string;

  @Field(() => String, {
    description: "What was changed, in words of then: a model that was renamed since has its former name.",
  })
  message!: string;
}
