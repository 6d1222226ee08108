import { Field, Float, InputType, Int } from "type-graphql";
import type { DriftRequest } from "../jobs/drift/drift-request.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";

@InputType("ServedInput", {
  description: "What a model was given when it answered, from the prediction log.",
})
export class ServedInput {
  @Field(() => Int, { nullable: true, description: "Every version unless one is named." })
  version?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "From the first that is kept unless given." })
  since?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Until now unless given." })
  until?: Date | null;
}

@InputType("DriftInput", { description: "Either `to` or `served` is compared with `from`." })
export class DriftInput implements DriftRequest {
  @Field(() => DateScalar, { description: "The snapshot that is compared with, often the one trained on." })
  from!: string;

  @Field(() => DateScalar, { nullable: true })
  to?: string | null;

  @Field(() => ServedInput, { nullable: true })
  served?: ServedInput | null;

  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Float, {
    nullable: true,
    description: "Chance that any feature alarms though nothing changed; the driftPolicy's, or 0.05.",
  })
  alpha?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "A difference below this PSI is no drift, however sure it is; the driftPolicy's, or 0.1.",
  })
  minPsi?: number | null;
}
