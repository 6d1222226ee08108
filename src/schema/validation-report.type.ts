import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import { JsonScalar } from "./json.scalar.js";

const Severity = { ERROR: "ERROR", WARNING: "WARNING" } as const satisfies {
  [S in ExpectationResult["severity"]]: S;
};
registerEnumType(Severity, {
  name: "Severity",
  valuesConfig: {
    ERROR: { description: "Nothing is published; of a source that quarantines, not the rows in question." },
    WARNING: { description: "Reported; the data is published all the same." },
  },
});

@ObjectType("UnexpectedRow", { simpleResolvers: true })
export class UnexpectedRowType implements UnexpectedRow {
  @Field(() => Int, { description: "From 1; of Parquet the row's number. 0 of what is on no line." })
  line!: number;

  @Field(() => String, { nullable: true })
  userId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The same, by one name in every deployment.",
  })
  key!: string | null;

  @Field(() => String, { nullable: true })
  value!: string | null;
}

@ObjectType("ExpectationResult", { simpleResolvers: true })
export class ExpectationResultType implements ExpectationResult {
  @Field(() => String)
  source!: string;

  @Field(() => String, { nullable: true, description: "The name the source was delivered under." })
  file?: string;

  @Field(() => String, { nullable: true })
  column!: string | null;

  @Field(() => String)
  expectation!: string;

  @Field(() => Boolean)
  success!: boolean;

  @Field(() => Severity)
  severity!: ExpectationResult["severity"];

  @Field(() => JsonScalar, { nullable: true })
  observed!: unknown;

  @Field(() => String, { nullable: true, description: "What would have been accepted, in words." })
  rule?: string;

  @Field(() => Float, {
    nullable: true,
    description: "The share of the values that must be as expected, 0 to 1; empty values do not count.",
  })
  mostly?: number;

  @Field(() => Boolean, {
    nullable: true,
    description: "It does not hold, and the rows that break it are kept out instead of the whole delivery.",
  })
  quarantined?: boolean;

  @Field(() => Int)
  unexpectedCount!: number;

  @Field(() => Float)
  unexpectedPercent!: number;

  @Field(() => [UnexpectedRowType], { description: "At most 20, each with its line in the file." })
  sample!: UnexpectedRow[];

  @Field(() => Boolean, {
    nullable: true,
    description:
      "True where the sample's values, and what was observed, are left out: they may be personal, and not for the caller to see.",
  })
  masked?: true;
}

@ObjectType("ValidationReport", { simpleResolvers: true })
export class ValidationReportType implements ValidationReport {
  @Field(() => Boolean, { description: "Nothing was found for which the delivery is not published." })
  success!: boolean;

  @Field(() => [ExpectationResultType])
  expectations!: ExpectationResult[];
}
