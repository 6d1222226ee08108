import { Field, Float, Int, ObjectType } from "type-graphql";
import type { RunRetentionReport } from "../registry/run-retention.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("KeptRuns", { simpleResolvers: true, description: "Old runs that stay, and why." })
export class KeptRunsType {
  @Field(() => String, { description: "What is kept from them." })
  reason!: string;

  @Field(() => Int, { description: "How many." })
  runs!: number;
}

@ObjectType("RunRetentionReport", {
  simpleResolvers: true,
  description: "What of old runs was deleted, or would be, and what stays although it is old.",
})
export class RunRetentionReportType implements Omit<RunRetentionReport, "runIds" | "kept"> {
  @Field(() => Boolean, { description: "Whether it only says what would be deleted." })
  dryRun!: boolean;

  @Field(() => DateTimeScalar, { description: "Runs that ended before it are looked at." })
  before!: Date;

  @Field(() => Int, { description: "Artifacts that went with them, or would." })
  artifacts!: number;

  @Field(() => Float, { description: "Bytes of artifacts that nothing else has." })
  bytesFreed!: number;

  @Field(() => Boolean, {
    description: "Whether there are more old runs than the 1 000 that one call looks at: ask again.",
  })
  more!: boolean;
}
