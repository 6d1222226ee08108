import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type { PushOutcome } from "../features/push-merge.js";
import type { PushReport } from "../ingest/push-service.js";
import { batch, parseJson, parseKey, parseName } from "../inputs/arguments.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { PushInput } from "../schema/push.input.js";
import { PushResultType } from "../schema/push-result.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => PushResultType)
export class PushResolver {
  @Needs("operator")
  @Mutation(() => PushResultType, {
    description:
      "Fresh values between two extracts: served at once, and bound to the next snapshot that is made for the offline store.\n" +
      "All rows are taken or none: VALIDATION_FAILED names row, user, column and value of the first 20 violations.",
  })
  push(
    @Arg("input", () => PushInput) { view, rows }: PushInput,
    @Ctx() { services, actor, names }: GraphQLContext,
  ): Promise<PushReport> {
    batch("input.rows", rows).forEach(({ userId, values }, index) => {
      parseKey(userId, `input.rows[${index}].${names.field}`);
      parseJson(values, `input.rows[${index}].values`);
    });
    return services.pushes.push({ view: parseName(view, "input.view"), rows, actor });
  }

  @FieldResolver(() => Int, { complexity: IN_MEMORY, description: "Rows that are served now." })
  accepted(@Root() report: PushReport): number {
    return count(report, "SERVED");
  }

  @FieldResolver(() => Int, {
    complexity: IN_MEMORY,
    description: "Rows kept for the offline store only: newer values are served.",
  })
  stale(@Root() report: PushReport): number {
    return count(report, "STALE");
  }

  @FieldResolver(() => Int, {
    complexity: IN_MEMORY,
    description: "Rows that said nothing new; pushing again is safe.",
  })
  unchanged(@Root() report: PushReport): number {
    return count(report, "UNCHANGED");
  }
}

const count = ({ outcomes }: PushReport, outcome: PushOutcome): number =>
  outcomes.filter((row) => row.outcome === outcome).length;
