import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { pageSize, parseName } from "../inputs/arguments.js";
import type { QuarantinedSource, Run, ValidationReport } from "../registry/run.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { toConnection } from "../schema/page-info.type.js";
import { QuarantinedRowConnection, QuarantinedSourceType } from "../schema/quarantined-row.type.js";
import { RunType } from "../schema/run.type.js";
import { ValidationReportType } from "../schema/validation-report.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => RunType)
export class QuarantineResolver {
  @Needs("viewer")
  @FieldResolver(() => QuarantinedRowConnection, {
    description: "The rows its publication kept out, by source and line.",
  })
  async quarantined(
    @Root() { id }: Run,
    @Arg("source", () => String, { nullable: true }) source: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ) {
    const of = { source: source ? parseName(source, "source") : null };
    const page = { first: pageSize(first), after };
    const slice = await loaders.quarantined.with({ ...of, page }).load(id);
    return toConnection(slice, () => loaders.quarantinedCount.with(of).load(id));
  }
}

@Resolver(() => ValidationReportType)
export class ValidationReportResolver {
  @FieldResolver(() => [QuarantinedSourceType], {
    complexity: IN_MEMORY,
    description: "Sources with rows that were kept out, or would have been had the delivery not failed.",
  })
  quarantined(@Root() { quarantined }: ValidationReport): QuarantinedSource[] {
    return quarantined ?? [];
  }
}
