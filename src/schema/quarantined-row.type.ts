import { Field, Float, Int, ObjectType } from "type-graphql";
import type { QuarantinedRow, QuarantinedSource, QuarantineReason } from "../registry/run.js";
import { JsonScalar } from "./json.scalar.js";
import { connectionOf } from "./page-info.type.js";

@ObjectType("QuarantineReason", { simpleResolvers: true })
export class QuarantineReasonType implements QuarantineReason {
  @Field(() => String, { nullable: true })
  column!: string | null;

  @Field(() => String)
  expectation!: string;

  @Field(() => String, { description: "What would have been accepted, in words." })
  rule!: string;
}

@ObjectType("QuarantinedRow", {
  simpleResolvers: true,
  description: "A row that was kept out while the rest of its file was published.",
})
export class QuarantinedRowType implements QuarantinedRow {
  @Field(() => String)
  source!: string;

  @Field(() => Int, { description: "Where the row begins in the file, from 1; of Parquet the row's number." })
  line!: number;

  @Field(() => String, { nullable: true, description: "As delivered." })
  userId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The key as delivered, by one name in every deployment.",
  })
  key!: string | null;

  @Field(() => [QuarantineReasonType])
  reasons!: QuarantineReason[];

  @Field(() => JsonScalar, {
    description:
      "The row as delivered, as text by column; a list where it has not one value a column. Values are cut after 2 000 characters.",
  })
  row!: QuarantinedRow["row"];

  @Field(() => [String], {
    nullable: true,
    description:
      "Of `row` the header's names whose values the caller may not see; they are null there. Empty: all of a list. Null: nothing is left out.",
  })
  masked?: string[];
}

export const QuarantinedRowConnection = connectionOf("QuarantinedRow", () => QuarantinedRowType);

@ObjectType("QuarantinedSource", { simpleResolvers: true })
export class QuarantinedSourceType implements QuarantinedSource {
  @Field(() => String)
  source!: string;

  @Field(() => String, { description: "The name it was delivered under." })
  file!: string;

  @Field(() => Int)
  rows!: number;

  @Field(() => Float, { description: "Of the rows delivered." })
  percent!: number;
}
