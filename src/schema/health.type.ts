import { Field, Float, ObjectType, registerEnumType } from "type-graphql";

/** Worst last. */
export const HealthStatus = { OK: "OK", DEGRADED: "DEGRADED", DOWN: "DOWN" } as const;
export type HealthStatus = keyof typeof HealthStatus;
registerEnumType(HealthStatus, { name: "HealthStatus" });

@ObjectType("Health", { simpleResolvers: true })
export class HealthType {
  @Field(() => HealthStatus, { description: "The worst of its parts." })
  status!: HealthStatus;

  @Field(() => String)
  version!: string;

  @Field(() => HealthStatus)
  database!: HealthStatus;

  @Field(() => HealthStatus)
  onlineStore!: HealthStatus;

  @Field(() => Float)
  uptimeSeconds!: number;
}
