import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { QuarantinedSource, Run, ValidationReport } from "../registry/run.js";
import { toConnection } from "../schema/page-info.type.js";
import { QuarantinedRowConnection, QuarantinedSourceType } from "../schema/quarantined-row.type.js";
import { RunType } from "../schema/run.type.js";
import { ValidationReportType } from "../schema/validation-report.type.js";
import { pageSize, parseName } from "./arguments.js";
import type { GraphQLContext } from "./context.js";

@Resolver(() => RunType)
export class QuarantineResolver {
  @FieldResolver(() => QuarantinedRowConnection, {
    description: "The rows its publication kept out, by source and line.",
  })
  async quarantined(
    @Root() { id }: Run,
    @Arg("source", () => String, { nullable: true }) source: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    if (source) parseName(source, "source");
    const page = { first: pageSize(first), after };
    return toConnection(await services.runs.quarantined(id, source ?? null, page));
  }
}

@Resolver(() => ValidationReportType)
export class ValidationReportResolver {
  @FieldResolver(() => [QuarantinedSourceType], {
    description: "Sources with rows that were kept out, or would have been had the delivery not failed.",
  })
  quarantined(@Root() { quarantined }: ValidationReport): QuarantinedSource[] {
    return quarantined ?? [];
  }
}
