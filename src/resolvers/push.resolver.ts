import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOf } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import type { PushOutcome } from "../features/push-merge.js";
import type { PushReport } from "../ingest/push-service.js";
import { batch, parseJson, parseName } from "../inputs/arguments.js";
import { parseAsked } from "../inputs/asked-key.js";
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
  async push(
    @Arg("input", () => PushInput) { view, rows }: PushInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<PushReport> {
    const of = requirePushed(services.definitions, view);
    const asked = batch("input.rows", rows).map(({ userId, asOf, values }, index) => ({
      key: keyOfView(services.definitions, of, userId, `input.rows[${index}]`),
      asOf,
      values: parseJson(values, `input.rows[${index}].values`),
    }));
    const report = await services.pushes.push({ view: parseName(view, "input.view"), rows: asked, actor });
    // Each says of which view it is: the key of its row is that entity's.
    const outcomes = report.outcomes.map((row) => ({ ...row, view: report.view }));
    const warnings = report.warnings.map((row) => ({ ...row, view: report.view }));
    return { ...report, outcomes, warnings };
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

  @FieldResolver(() => Int, {
    complexity: IN_MEMORY,
    description:
      "Rows of users who were erased: nothing of them is kept, until liftErasure lets them come back.",
  })
  erased(@Root() report: PushReport): number {
    return count(report, "ERASED");
  }
}

/** What the view's rows are about; of a view that is not declared the push itself says so. */
const requirePushed = (definitions: Deployment, name: string): Entity => {
  const view = definitions.views.find((each) => each.name === name);
  return view ? entityOf(definitions, view.source) : defaultEntityOf(definitions);
};

/** @throws {BadUserInputError} it is no key, or the key of another entity than the view's */
function keyOfView(definitions: Deployment, entity: Entity, given: unknown, row: string): string {
  const asked = parseAsked(definitions, given, (field) => `${row}.${field}`);
  if (asked.entity.name === entity.name) return asked.key;
  const { field, manyWords } = entityNames(entity);
  throw new BadUserInputError(
    `${row}: the view is about ${manyWords}; got the key of ${entityNames(asked.entity).aWord}; give ${field}`,
    { argument: `${row}.${field}` },
  );
}

const count = ({ outcomes }: PushReport, outcome: PushOutcome): number =>
  outcomes.filter((row) => row.outcome === outcome).length;
