import { Arg, Ctx, ID, Mutation, Resolver } from "type-graphql";
import { BadUserInputError } from "../errors/errors.js";
import { batch, parseName, parseReason } from "../inputs/arguments.js";
import { parseAsked, requireModelOf } from "../inputs/asked-key.js";
import {
  parseArtifact,
  parseBase64,
  parseNewRunId,
  parseNote,
  parseObject,
  parsePoints,
  parseRunId,
  parseTags,
} from "../inputs/tracking-arguments.js";
import type { EndStatus } from "../registry/external-runs.js";
import type { VersionEntry } from "../registry/model.js";
import type { Artifact, Run } from "../registry/run.js";
import type { DeletedRun } from "../registry/run-deletion.js";
import { ArtifactType } from "../schema/artifact.type.js";
import { DeletedRunType } from "../schema/deleted-run.type.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RunStatus } from "../schema/run.enum.js";
import { RunType } from "../schema/run.type.js";
import {
  CreateRunInput,
  LogArtifactInput,
  MetricInput,
  RegisterModelInput,
  UpdateRunInput,
} from "../schema/tracking.input.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

/** What clients write: runs made elsewhere, and what people add to any run. */
@Resolver()
export class TrackingResolver {
  @Needs("operator")
  @Mutation(() => RunType, {
    description: "Begins a run made elsewhere: kind EXTERNAL, RUNNING until finishRun or registerModel.",
  })
  createRun(
    @Arg("input", () => CreateRunInput) input: CreateRunInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const run = {
      id: parseNewRunId(input.id, "input.id"),
      name: input.name ? parseName(input.name, "input.name") : null,
      params: parseObject(input.params, "input.params"),
      tags: parseTags(input.tags, "input.tags", false),
      note: parseNote(input.note, "input.note"),
      environment: parseObject(input.environment, "input.environment"),
      gitCommit: input.gitCommit ? parseName(input.gitCommit, "input.gitCommit") : null,
    };
    return services.tracking.create(run, actor);
  }

  @Needs("operator")
  @Mutation(() => RunType, {
    description:
      "Adds up to 10 000 points to a running EXTERNAL run, all or none. A point is known by name and step: the same again changes nothing, another value takes its place.",
  })
  logMetrics(
    @Arg("runId", () => ID) runId: string,
    @Arg("metrics", () => [MetricInput]) metrics: MetricInput[],
    @Ctx() { services }: GraphQLContext,
  ): Promise<Run> {
    return services.tracking.logMetrics(parseRunId(runId), parsePoints(metrics));
  }

  @Needs("operator")
  @Mutation(() => RunType, {
    description:
      "Adds parameters to a running EXTERNAL run. One that is there keeps its value: another is a CONFLICT.",
  })
  logParams(
    @Arg("runId", () => ID) runId: string,
    @Arg("params", () => JsonScalar) params: unknown,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Run> {
    return services.tracking.logParams(parseRunId(runId), parseObject(params, "params"));
  }

  @Needs("operator")
  @Mutation(() => ArtifactType, {
    description:
      "Adds a file to a running EXTERNAL run. The same bytes again change nothing, others are a CONFLICT.",
  })
  logArtifact(
    @Arg("input", () => LogArtifactInput) { runId, name, mediaType, base64 }: LogArtifactInput,
    @Ctx() { services }: GraphQLContext,
  ): Promise<Artifact> {
    const bytes = parseBase64(base64, "input.base64");
    return services.tracking.logArtifact(parseRunId(runId), parseArtifact({ name, mediaType, bytes }));
  }

  @Needs("operator")
  @Mutation(() => ModelVersionType, {
    description:
      "Registers a model trained elsewhere, from an ONNX file of an EXTERNAL run, and ends the run. The file is checked, mapped to the features, tried in a process of its own and run on the labelled rows of the snapshot; its metrics are measured on the held-out users. That is a run of kind REGISTER: the version is PENDING until it has ended, and is answered so where that takes longer than waitSeconds. Again with the same file: the version it has.",
  })
  async registerModel(
    @Arg("input", () => RegisterModelInput)
    { onnx, signature, positiveClass, waitSeconds, trainedOn, ...input }: RegisterModelInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<VersionEntry> {
    const runId = parseRunId(input.runId);
    const name = parseName(input.artifact, "input.artifact");
    const file = onnx
      ? parseArtifact({
          name,
          mediaType: "application/octet-stream",
          bytes: parseBase64(onnx, "input.onnx"),
        })
      : null;
    const model = parseName(input.model, "input.model");
    const keyOfModel = (given: unknown, row: string): string => {
      const { entity, key } = parseAsked(services.definitions, given, (field) => `${row}.${field}`);
      requireModelOf(services.definitions, model, entity);
      return key;
    };
    const expected = batch("input.expected", input.expected ?? []).map(({ userId, probability }, index) => ({
      key: keyOfModel(userId, `input.expected[${index}]`),
      probability,
    }));
    const declared = {
      ...signature,
      positiveClass: positiveClass ? parseName(positiveClass, "input.positiveClass") : null,
    };
    return services.tracking.register(
      {
        ...{ ...input, runId, model, artifact: name, onnx: file, expected, signature: declared },
        trainedOn: trainedOn ? parseRunId(trainedOn) : null,
      },
      actor,
      waitSeconds === null || waitSeconds === undefined ? undefined : parseWait(waitSeconds),
    );
  }

  @Needs("operator")
  @Mutation(() => RunType, { description: "Ends a running EXTERNAL run: it takes nothing more." })
  finishRun(
    @Arg("id", () => ID) id: string,
    @Arg("status", () => RunStatus, { defaultValue: RunStatus.SUCCEEDED }) status: Run["status"],
    @Arg("reason", () => String, { nullable: true, description: "Why it failed or was cancelled." })
    reason: string | null | undefined,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    if (status === "QUEUED" || status === "RUNNING") {
      throw new BadUserInputError(`status: a run ends as SUCCEEDED, FAILED or CANCELLED; got ${status}`);
    }
    return services.tracking.finish(
      parseRunId(id),
      status satisfies EndStatus,
      parseReason(reason, "reason") ?? null,
      actor,
    );
  }

  @Needs("operator")
  @Mutation(() => RunType, { description: "Names, tags and notes of any run, ended or not." })
  updateRun(
    @Arg("input", () => UpdateRunInput) { id, name, tags, note }: UpdateRunInput,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Run> {
    const change = {
      name: name ? parseName(name, "input.name") : name,
      tags: parseTags(tags, "input.tags", true),
      note: parseNote(note, "input.note"),
    };
    return services.tracking.annotate(parseRunId(id), change, actor);
  }

  @Needs("admin")
  @Mutation(() => DeletedRunType, {
    description:
      "Deletes an ended run for good, with its events, metrics and artifacts. CONFLICT where a model version, a snapshot, online values or another run were made by it.",
  })
  deleteRun(@Arg("id", () => ID) id: string, @Ctx() { services }: GraphQLContext): Promise<DeletedRun> {
    return services.tracking.delete(parseRunId(id));
  }
}

const MOST_WAIT_SECONDS = 60;

function parseWait(seconds: number): number {
  if (seconds >= 0 && seconds <= MOST_WAIT_SECONDS) return seconds * 1_000;
  throw new BadUserInputError(`input.waitSeconds: 0 to ${MOST_WAIT_SECONDS} was expected; got ${seconds}`, {
    waitSeconds: seconds,
  });
}
