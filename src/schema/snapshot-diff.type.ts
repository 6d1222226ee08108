import { Field, Float, Int, ObjectType } from "type-graphql";
import type { FeatureDiff, Snapshot, SnapshotDiff, ValueShare, ViewDiff } from "../features/types.js";
import { SnapshotType } from "./snapshot.type.js";

@ObjectType("ValueShare", {
  simpleResolvers: true,
  description: "How common one value is in both snapshots.",
})
export class ValueShareType implements ValueShare {
  @Field(() => String, { nullable: true, description: "Null where empty, and for other." })
  value!: string | null;

  @Field(() => Boolean, { description: "True of the one entry for all values not listed." })
  other!: boolean;

  @Field(() => Float, { description: "Share of the rows of the earlier snapshot, 0 to 1." })
  from!: number;

  @Field(() => Float, { description: "Share of the rows of the later snapshot, 0 to 1." })
  to!: number;
}

@ObjectType("FeatureDiff", { simpleResolvers: true })
export class FeatureDiffType implements FeatureDiff {
  @Field(() => String)
  name!: string;

  @Field(() => Int)
  changed!: number;

  @Field(() => Float, { nullable: true, description: "Population stability index between the two." })
  psi!: number | null;

  @Field(() => [ValueShareType], {
    nullable: true,
    description:
      "Of text and booleans, the 20 commonest values and the rest as other; null for other types, and where equal\n" +
      "hashes say that nothing changed.",
  })
  shares!: ValueShare[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "True where the shares are left out: the feature is personal, and not for the caller to see.",
  })
  masked?: true;
}

@ObjectType("ViewDiff", {
  simpleResolvers: true,
  description:
    "Rows of one view's extracts, by user: what came, went and changed. Pushed values are not compared.",
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

  @Field(() => Boolean, {
    description:
      "Whether the content hashes are equal. They cover pushed values too: false with every view identical where the\n" +
      "extracts are alike and only what was pushed differs.",
  })
  identical!: boolean;

  @Field(() => [ViewDiffType])
  views!: ViewDiff[];
}
