import { Field, Float, InputType } from "type-graphql";
import type { MetricFilter, MetricOrder, ParamFilter, RunFilter, TagFilter } from "../registry/run.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { RunKind, RunStatus, SortDirection } from "./run.enum.js";

@InputType("MetricFilter", {
  description: "Runs whose latest value of this metric lies within the bounds, both inclusive.",
})
export class MetricFilterInput implements MetricFilter {
  @Field(() => String)
  name!: string;

  @Field(() => Float, { nullable: true })
  min?: number | null;

  @Field(() => Float, { nullable: true })
  max?: number | null;
}

@InputType("ParamFilter", {
  description:
    'Runs with this parameter, by its dotted name: "hyperparameters.trees". A number and the text of it are two values; without a value, any will do.',
})
export class ParamFilterInput implements ParamFilter {
  @Field(() => String)
  name!: string;

  @Field(() => JsonScalar, { nullable: true })
  value?: unknown;
}

@InputType("TagFilter", { description: "Runs with this tag; without a value, any will do." })
export class TagFilterInput implements TagFilter {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  value?: string | null;
}

@InputType("MetricOrder", {
  description: "By the latest value of a metric. Runs without it are not in the list.",
})
export class MetricOrderInput implements MetricOrder {
  @Field(() => String)
  name!: string;

  @Field(() => SortDirection, { defaultValue: SortDirection.DESC })
  direction!: MetricOrder["direction"];
}

@InputType("RunFilter", { description: "Runs that meet every condition given." })
export class RunFilterInput implements Omit<RunFilter, "experiment" | "deleted"> {
  @Field(() => RunKind, { nullable: true })
  kind?: RunFilter["kind"];

  @Field(() => [RunKind], {
    nullable: true,
    description: "Of any of these kinds; of none where it is empty.",
  })
  kinds?: RunFilter["kinds"];

  @Field(() => RunStatus, { nullable: true })
  status?: RunFilter["status"];

  @Field(() => [RunStatus], {
    nullable: true,
    description: "In any of these states; in none where it is empty.",
  })
  statuses?: RunFilter["statuses"];

  @Field(() => DateScalar, { nullable: true })
  asOf?: string | null;

  @Field(() => String, { nullable: true })
  model?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The name of the experiment that they are filed under.",
  })
  experiment?: string | null;

  @Field(() => MetricFilterInput, { nullable: true })
  metric?: MetricFilterInput | null;

  @Field(() => [MetricFilterInput], { nullable: true })
  metrics?: MetricFilterInput[] | null;

  @Field(() => [ParamFilterInput], { nullable: true })
  params?: ParamFilterInput[] | null;

  @Field(() => [TagFilterInput], { nullable: true })
  tags?: TagFilterInput[] | null;

  @Field(() => String, { nullable: true, description: "Who started it." })
  actor?: string | null;

  @Field(() => DateTimeScalar, { nullable: true })
  createdFrom?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: "Excluded." })
  createdBefore?: Date | null;
}
