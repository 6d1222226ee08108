import { Field, InputType, Int, registerEnumType } from "type-graphql";
import type { ExportRequest } from "../jobs/export/export-request.js";
import { DateScalar } from "./date.scalar.js";
import { DEFAULT_MODEL } from "./default-model.js";

export const ExportFormat = { CSV: "CSV", PARQUET: "PARQUET" } as const;
registerEnumType(ExportFormat, { name: "ExportFormat" });

@InputType("ExportTrainingSetInput")
export class ExportTrainingSetInput implements ExportRequest {
  @Field(() => DateScalar, { description: "Of the snapshots whose features are written, the first date." })
  asOfFrom!: string;

  @Field(() => DateScalar, { nullable: true, description: "The last date, asOfFrom unless given." })
  asOfTo?: string | null;

  @Field(() => String, { defaultValue: DEFAULT_MODEL, description: "The feature service." })
  model!: string;

  @Field(() => [String], {
    nullable: true,
    description: "snake_case names, in the order of the columns; all of the service unless given.",
  })
  features?: string[] | null;

  @Field(() => Int, {
    defaultValue: 0,
    description:
      "The labels are from the snapshot this many dates after the features': 1 writes a forecast's training set.",
  })
  labelOffset!: number;

  @Field(() => [ExportFormat], { defaultValue: [ExportFormat.CSV, ExportFormat.PARQUET] })
  formats!: ExportRequest["formats"];
}
