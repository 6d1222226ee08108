import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type {
  ListedPart,
  Snapshot,
  SnapshotView,
  SourceFile,
  SnapshotState as State,
  Withdrawal,
} from "../features/types.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { NodeType } from "./node.type.js";
import { connectionOf } from "./page-info.type.js";

const SnapshotState = {
  PUBLISHED: "PUBLISHED",
  WITHDRAWN: "WITHDRAWN",
  DROPPED: "DROPPED",
} as const satisfies { [S in State]: S };
registerEnumType(SnapshotState, {
  name: "SnapshotState",
  description: "Whether a snapshot holds.",
  valuesConfig: {
    PUBLISHED: { description: "It holds." },
    WITHDRAWN: { description: "It should not have been published; who asks from then on does not find it." },
    DROPPED: { description: "Retention dropped its rows; it is on record." },
  },
});

@ObjectType("Withdrawal", {
  simpleResolvers: true,
  description: "When, by whom and why a snapshot was withdrawn.",
})
export class WithdrawalType implements Omit<Withdrawal, "runId" | "at"> {
  @Field(() => String)
  actor!: string;

  @Field(() => String)
  reason!: string;
}

@ObjectType("SnapshotView", { simpleResolvers: true })
export class SnapshotViewType implements Pick<SnapshotView, "name" | "rowCount" | "contentSha256"> {
  @Field(() => String)
  name!: string;

  @Field(() => Int)
  rowCount!: number;

  @Field(() => String)
  contentSha256!: string;
}

@ObjectType("SourceFile", { simpleResolvers: true })
export class SourceFileType implements SourceFile {
  @Field(() => String)
  name!: string;

  @Field(() => Float)
  bytes!: number;

  @Field(() => Int)
  rowCount!: number;

  @Field(() => String)
  sha256!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Where the definitions had it come from, such as s3://bucket/prefix/2024-01/users.csv or the name of a variable; null: from where the ingest said.",
  })
  from?: string;

  @Field(() => String, {
    nullable: true,
    description: "SHA-256 of the statement whose rows it was; null of files.",
  })
  statementSha256?: string;
}

@ObjectType("SnapshotPart", {
  simpleResolvers: true,
  description:
    "What a snapshot has of one source: rows that were delivered for its date, or those it carries on.",
})
export class SnapshotPartType implements ListedPart {
  @Field(() => String, {
    description: "The source's name, or a view's with :pushes for what was pushed to it.",
  })
  source!: string;

  @Field(() => DateScalar, {
    description:
      "The date its rows hold from; age and ttl count from it. Earlier than the snapshot's where it is carried on.",
  })
  eventDate!: string;

  @Field(() => Boolean, {
    description: "Whether it is carried on from an earlier date, because the delivery lacks the source.",
  })
  carriedOn!: boolean;

  @Field(() => Int)
  rowCount!: number;

  @Field(() => String)
  contentSha256!: string;
}

@ObjectType("Snapshot", {
  implements: NodeType,
  simpleResolvers: true,
  description: "What was published for one date, features and labels; it never changes.",
})
export class SnapshotType implements Omit<Snapshot, "id" | "runId" | "hashVersion"> {
  @Field(() => DateScalar)
  asOf!: string;

  @Field(() => Int, { description: "1 for the first; changed content for the same date makes the next." })
  revision!: number;

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => String, {
    description: "SHA-256 over every row and column of every source, whatever their order.",
  })
  contentSha256!: string;

  @Field(() => [SnapshotViewType])
  views!: SnapshotView[];

  @Field(() => Int)
  rowCount!: number;

  @Field(() => [SourceFileType])
  sources!: SourceFile[];

  @Field(() => SnapshotState)
  state!: State;

  @Field(() => WithdrawalType, { nullable: true })
  withdrawal!: Withdrawal | null;

  @Field(() => Boolean, {
    description: "False where retention dropped its rows: it is on record, and nothing reads it any more.",
  })
  rowsAvailable!: boolean;
}

export const SnapshotConnection = connectionOf("Snapshot", () => SnapshotType);
