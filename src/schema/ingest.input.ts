import { Field, InputType } from "type-graphql";
import { DateScalar } from "./date.scalar.js";

@InputType("IngestInput")
export class IngestInput {
  @Field(() => String, { description: "A folder's name under the data directory." })
  source!: string;

  @Field(() => DateScalar, { description: "The date the files describe." })
  asOf!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Takes a date after today: no ingest before it reaches the online store from then on.",
  })
  allowFuture!: boolean;
}
