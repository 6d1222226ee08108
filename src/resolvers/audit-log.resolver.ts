import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import type { AuditOutcome } from "../audit/entry.js";
import { pageSize, parseName } from "../inputs/arguments.js";
import { AuditLogConnectionType, AuditOutcomeEnum } from "../schema/audit-entry.type.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { SCAN } from "../schema/field-costs.js";
import { toConnection } from "../schema/page-info.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver()
export class AuditLogResolver {
  @Needs("admin")
  @Query(() => AuditLogConnectionType, {
    complexity: SCAN,
    description:
      "Who did, or was refused, what, the newest first: one node an act. To look at it leaves no entry; an export does.",
  })
  async auditLog(
    @Arg("actor", () => String, { nullable: true, description: "Only what they did." })
    actor: string | null | undefined,
    @Arg("action", () => String, { nullable: true, description: "Only this: `promote`, `personal.read`." })
    action: string | null | undefined,
    @Arg("outcome", () => AuditOutcomeEnum, { nullable: true, description: "ASKED: what has no answer." })
    outcome: AuditOutcome | null | undefined,
    @Arg("from", () => DateTimeScalar, { nullable: true, description: "Not before it." })
    from: Date | null | undefined,
    @Arg("to", () => DateTimeScalar, { nullable: true, description: "Before it." })
    to: Date | null | undefined,
    @Arg("search", () => String, {
      nullable: true,
      description: "A text in action, subject, code, request id, arguments or details, in any case.",
    })
    search: string | null | undefined,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    const text = (given: string | null | undefined, argument: string) =>
      given === null || given === undefined ? null : parseName(given, argument);
    const filter = {
      ...{ actor: text(actor, "actor"), action: text(action, "action"), search: text(search, "search") },
      ...{ outcome, from, to },
    };
    return toConnection(await services.audit.find(filter, { first: pageSize(first), after }), null);
  }
}
