import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { DeletedRun } from "../registry/run-deletion.js";

@ObjectType("DeletedRun", { simpleResolvers: true, description: "What went with a deleted run." })
export class DeletedRunType implements DeletedRun {
  @Field(() => ID)
  id!: string;

  @Field(() => Int)
  events!: number;

  @Field(() => Int, { description: "Metric points." })
  metrics!: number;

  @Field(() => Int)
  artifacts!: number;

  @Field(() => Float, { description: "Of artifacts that no other run and no model version has." })
  bytesFreed!: number;
}
