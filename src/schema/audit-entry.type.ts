import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { type AuditOutcome, OUTCOMES } from "../audit/entry.js";
import type { AuditedAct } from "../audit/find-entries.js";
import { Role } from "./access.type.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { described, namesOf } from "./enum-of.js";
import { JsonScalar } from "./json.scalar.js";
import { type ConnectionPage, type Edge, edgeOf, PageInfoType } from "./page-info.type.js";

export const AuditOutcomeEnum = namesOf(OUTCOMES);
registerEnumType(AuditOutcomeEnum, {
  name: "AuditOutcome",
  description: "How what was asked for came out.",
  valuesConfig: described(OUTCOMES),
});

@ObjectType("AuditEntry", {
  simpleResolvers: true,
  description: "Who did, or was refused, what; one act of the audit log.",
})
export class AuditEntryType implements AuditedAct {
  @Field(() => ID, { description: "Its number in the chain." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "By the database's clock." })
  at!: Date;

  @Field(() => String, {
    description: "Who: the token's name, the person who signed in, or the machine's user.",
  })
  actor!: string;

  @Field(() => Role, { nullable: true, description: "Of the actor then; null: the command line." })
  role!: string | null;

  @Field(() => String, { nullable: true, description: "As the log and `x-request-id` have it." })
  requestId!: string | null;

  @Field(() => String, { description: "A mutation, a route, `token.create`, `personal.read`." })
  action!: string;

  @Field(() => String, { nullable: true, description: "What it is about: `model churn version 3`." })
  subject!: string | null;

  @Field(() => AuditOutcomeEnum, { description: "How it came out." })
  outcome!: AuditOutcome;

  @Field(() => String, { nullable: true, description: "The error's." })
  code!: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "As they were sent, without secrets, keys and values of persons.",
  })
  args!: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "What came of it: before, after, answer, message; of a read the columns.",
  })
  details!: unknown;

  @Field(() => Boolean, { description: "Whether an erasure took details of it." })
  erased!: boolean;

  @Field(() => String, { description: "Of the entry, in the chain." })
  hash!: string;
}

const AuditEntryEdge = edgeOf("AuditEntry", () => AuditEntryType);

@ObjectType("AuditLogConnection", { simpleResolvers: true, description: "One page of the audit log." })
export class AuditLogConnectionType implements ConnectionPage<AuditEntryType> {
  @Field(() => [AuditEntryEdge], { description: "The acts of the page, each with its cursor." })
  edges!: Edge<AuditEntryType>[];

  @Field(() => [AuditEntryType], { description: "The acts of the page, without cursors." })
  nodes!: AuditEntryType[];

  @Field(() => PageInfoType, { description: "Where the page lies in the log." })
  pageInfo!: PageInfoType;
}
