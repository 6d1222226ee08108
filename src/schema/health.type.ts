import { Field, Float, ObjectType, registerEnumType } from "type-graphql";

/** Worst last. */
export const HealthStatus = { OK: "OK", DEGRADED: "DEGRADED", DOWN: "DOWN" } as const;
export type HealthStatus = keyof typeof HealthStatus;
registerEnumType(HealthStatus, { name: "HealthStatus" });

@ObjectType("HealthProblem", {
  simpleResolvers: true,
  description:
    "What is wrong, in words, with what helps: an unservable Production, a stale view, a store that is away.",
})
export class HealthProblemType {
  @Field(() => String)
  subject!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true })
  remedy!: string | null;
}

@ObjectType("Health", { simpleResolvers: true })
export class HealthType {
  @Field(() => HealthStatus, {
    description: "The worst of its parts; DEGRADED at least where there is a problem.",
  })
  status!: HealthStatus;

  @Field(() => [HealthProblemType])
  problems!: HealthProblemType[];

  @Field(() => String)
  version!: string;

  @Field(() => HealthStatus)
  database!: HealthStatus;

  @Field(() => HealthStatus)
  onlineStore!: HealthStatus;

  @Field(() => Float)
  uptimeSeconds!: number;
}
