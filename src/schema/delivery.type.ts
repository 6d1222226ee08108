import { Field, Float, Int, ObjectType, Root } from "type-graphql";
import type { Delivery } from "../ingest/deliveries/delivery-store.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { SCAN } from "./field-costs.js";
import { type ConnectionPage, type Edge, edgeOf, PageInfoType } from "./page-info.type.js";

@ObjectType("DeliveredFile", { simpleResolvers: true, description: "A source's file in a delivery." })
export class DeliveredFileType {
  @Field(() => String, { description: "The source whose rows it holds." })
  source!: string;

  @Field(() => String, { description: "Its name in the delivery, such as users.csv.gz." })
  name!: string;

  @Field(() => Float)
  bytes!: number;
}

@ObjectType("Delivery", {
  simpleResolvers: true,
  description:
    "What could be ingested when a worker last looked: it has the file of every source that always comes.",
})
export class DeliveryType implements Delivery {
  @Field(() => String, { description: "What `ingest` takes as its source." })
  name!: string;

  @Field(() => [DeliveredFileType], {
    description: "One for each source that it holds; empty for sources that are no files.",
  })
  files!: DeliveredFileType[];

  @Field(() => Float, { description: "Of all its files." })
  bytes!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When its newest file was written; null where that is not known.",
  })
  modifiedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: "When a worker last looked and found everything readable." })
  scannedAt!: Date;
}

const DeliveryEdge = edgeOf("Delivery", () => DeliveryType);

@ObjectType("DeliveryConnection", { simpleResolvers: true, description: "One page of the deliveries." })
export class DeliveryConnectionType implements ConnectionPage<DeliveryType> {
  @Field(() => [DeliveryEdge], { description: "The deliveries of the page, each with its cursor." })
  edges!: Edge<DeliveryType>[];

  @Field(() => [DeliveryType], { description: "The deliveries of the page, without cursors." })
  nodes!: DeliveryType[];

  @Field(() => PageInfoType, { description: "Where the page lies in the list." })
  pageInfo!: PageInfoType;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When a worker last looked and found everything readable; null where none could yet.",
  })
  scannedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What keeps workers from looking now, such as a data directory that is gone: the list is that of before.",
  })
  problem!: string | null;

  /** Not a field: counted where totalCount is asked for. */
  count!: () => Promise<number>;

  @Field(() => Int, { complexity: SCAN, description: "How many the whole list has." })
  totalCount(@Root() { count }: DeliveryConnectionType): Promise<number> {
    return count();
  }
}
