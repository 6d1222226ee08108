import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import { parseJson, parseName, parseReason } from "../inputs/arguments.js";
import { parseRunId } from "../inputs/tracking-arguments.js";
import type { Run } from "../registry/run.js";
import { DateScalar } from "../schema/date.scalar.js";
import { ExportTrainingSetInput } from "../schema/export-training-set.input.js";
import { IngestInput } from "../schema/ingest.input.js";
import { RunType } from "../schema/run.type.js";
import { TrainInput } from "../schema/train.input.js";
import type { GraphQLContext } from "./context.js";

@Resolver()
export class JobResolver {
  @Mutation(() => RunType, {
    description: "Validates, publishes and snapshots one month. Returns at once; follow the run.",
  })
  ingest(
    @Arg("input", () => IngestInput) { source, asOf, allowFuture }: IngestInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    return services.jobs.ingest({ source: parseName(source, "input.source"), asOf, allowFuture }, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Copies a snapshot's newest values to the online store; an older value never replaces a newer one.",
  })
  materialize(
    @Arg("asOf", () => DateScalar, { nullable: true, description: "The newest date unless given." })
    asOf: string | null | undefined,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    return services.jobs.materialize({ asOf: asOf ?? null }, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Withdraws the newest revision of a date that should not have been published (a mistyped date, a wrong file): it is on\n" +
      "record as WITHDRAWN with actor and reason; reads that are known after the withdrawal no longer find it, those with an\n" +
      "earlier knownAt, and reproduce, still do; online and live values go back to what they would have been without it;\n" +
      "pushes bound to it wait again; its revision number is not given again. CONFLICT where a Production or Staging version\n" +
      "was trained from it.",
  })
  withdrawSnapshot(
    @Arg("asOf", () => DateScalar) asOf: string,
    @Arg("reason", () => String) reason: string,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    return services.jobs.withdrawSnapshot({ asOf, reason: parseReason(reason, "reason") }, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Compares what is served online with what the snapshots say, for all users. Its result: identical, users, differences, counts per view and feature, a sample; all in the artifact parity.json.",
  })
  verifyParity(@Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.verifyParity(actor);
  }

  @Mutation(() => RunType, {
    description:
      "Trains on one snapshot, measures, and registers a version. Returns at once; follow the run.",
  })
  train(
    @Arg("input", () => TrainInput) input: TrainInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const model = parseName(input.model, "input.model");
    const params = parseJson(input.params, "input.params");
    return services.jobs.train({ ...input, model, params }, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Writes the training sets of a range of snapshots, rows by as_of and user, as the artifacts training_set.csv\n" +
      "and training_set.parquet, for pandas, DuckDB, Polars or Spark. The same snapshots give the same bytes.\n" +
      "Returns at once; follow the run.",
  })
  exportTrainingSet(
    @Arg("input", () => ExportTrainingSetInput) input: ExportTrainingSetInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const model = parseName(input.model, "input.model");
    return services.jobs.exportTrainingSet({ ...input, model }, actor);
  }

  @Mutation(() => RunType, {
    description:
      "Stops a run that is queued or running; RUN_NOT_CANCELLABLE where it has ended, or has published already.",
  })
  cancelRun(@Arg("id", () => ID) id: string, @Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.cancel(parseRunId(id), actor);
  }

  @Mutation(() => RunType, {
    description:
      "Queues a failed or cancelled run once more, as its next attempt: from its first step, with the same parameters. An\n" +
      "ingest reads its files again, as they are now. What was published or registered before it failed is not made twice.",
  })
  retryRun(@Arg("id", () => ID) id: string, @Ctx() { services, actor }: GraphQLContext): Promise<Run> {
    return services.jobs.retry(parseRunId(id), actor);
  }
}
