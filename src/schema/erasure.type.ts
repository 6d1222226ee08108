import { Field, Int, ObjectType } from "type-graphql";
import type { PlaceRows } from "../features/erasure/erasure-counts.js";
import type { Lifted } from "../features/erasure/erasure-store.js";
import type { ErasedArtifact } from "../jobs/erase/erase-files.js";
import type { EraseReport } from "../jobs/erase/erase-report.js";
import type { ErasureReach } from "../jobs/erase/erasure-reach.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("ErasureLift", {
  simpleResolvers: true,
  description: "On record: who let a user who was erased come back, and why.",
})
export class ErasureLiftType implements Lifted {
  @Field(() => DateTimeScalar)
  at!: Date;

  @Field(() => String)
  actor!: string;

  @Field(() => String)
  reason!: string;

  @Field(() => Int, { description: "Erasures that kept the user out until now." })
  erasures!: number;
}

@ObjectType("ErasedSource", {
  simpleResolvers: true,
  description: "Rows of one source that were passed over.",
})
export class ErasedSourceType {
  @Field(() => String)
  source!: string;

  @Field(() => String, { description: "The name it was delivered under." })
  file!: string;

  @Field(() => Int, { description: "How many." })
  rows!: number;
}

@ObjectType("ErasedPlace", { simpleResolvers: true, description: "How far an erasure reached." })
export class ErasedPlaceType implements PlaceRows {
  @Field(() => String, { description: "The table, or the store, by its name." })
  place!: string;

  @Field(() => Int, { description: "Rows that were removed, or that no longer mention the person." })
  rows!: number;
}

@ObjectType("ErasedArtifact", {
  simpleResolvers: true,
  description: "A file that was deleted, because it was made of the person's rows.",
})
export class ErasedArtifactType implements ErasedArtifact {
  @Field(() => String, { description: "The run that wrote it." })
  run!: string;

  @Field(() => String, { description: "Its name." })
  name!: string;

  @Field(() => String, { description: "Of its bytes." })
  sha256!: string;
}

type Outside = EraseReport["outside"][number];

@ObjectType("OutsidePlace", { simpleResolvers: true, description: "What an erasure does not reach." })
export class OutsidePlaceType implements Outside {
  @Field(() => String, { description: "Where the person may still be found." })
  what!: string;

  @Field(() => String, { description: "For how long." })
  until!: string;

  @Field(() => String, { description: "What to do about it." })
  remedy!: string;
}

type Belonging = ErasureReach["belonging"][number];

@ObjectType("BelongingKeys", {
  simpleResolvers: true,
  description: "Keys of another entity that belong to the person.",
})
export class BelongingKeysType implements Belonging {
  @Field(() => String, { description: "The entity's name." })
  entity!: string;

  @Field(() => Int, { description: "How many." })
  keys!: number;
}

@ObjectType("ErasureReach", {
  simpleResolvers: true,
  description: "How far an erasure would reach if it were asked for now.",
})
export class ErasureReachType {
  @Field(() => Boolean, { description: "Whether an erasure keeps the person out already." })
  keptOut!: boolean;

  @Field(() => [BelongingKeysType], { description: "Who would be erased with the person." })
  belonging!: Belonging[];

  @Field(() => [ErasedPlaceType], { description: "What would be removed, place by place." })
  places!: PlaceRows[];

  @Field(() => [ErasedArtifactType], {
    description: "Files that would be deleted, or written again without what was expected of the person.",
  })
  artifacts!: ErasedArtifact[];

  @Field(() => [OutsidePlaceType], { description: "What would stay, and is not asof's to remove." })
  outside!: Outside[];
}
