import { Field, Float, Int, ObjectType } from "type-graphql";
import type { Snapshot, SnapshotDiff, ViewDiff } from "../features/types.js";
import { SnapshotType } from "./snapshot.type.js";

@ObjectType("FeatureDiff", { simpleResolvers: true })
export class FeatureDiffType {
  @Field(() => String)
  name!: string;

  @Field(() => Int)
  changed!: number;

  @Field(() => Float, { nullable: true, description: "Population stability index between the two." })
  psi!: number | null;
}

@ObjectType("ViewDiff", {
  simpleResolvers: true,
  description: "Rows of one view, by user: what came, went and changed.",
})
export class ViewDiffType implements ViewDiff {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  identical!: boolean;

  @Field(() => Int)
  added!: number;

  @Field(() => Int)
  removed!: number;

  @Field(() => Int)
  changed!: number;

  @Field(() => Int)
  unchanged!: number;

  @Field(() => [FeatureDiffType])
  features!: FeatureDiffType[];
}

@ObjectType("SnapshotDiff", { simpleResolvers: true })
export class SnapshotDiffType implements SnapshotDiff {
  @Field(() => SnapshotType)
  from!: Snapshot;

  @Field(() => SnapshotType)
  to!: Snapshot;

  @Field(() => Boolean)
  identical!: boolean;

  @Field(() => [ViewDiffType])
  views!: ViewDiff[];
}
