import { Field, Float, Int, ObjectType } from "type-graphql";
import type { Run, RunCount, RunError, ValidationReport } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";
import { type ConnectionPage, type Edge, edgeOf, PageInfoType } from "./page-info.type.js";
import { RunKind, RunStatus } from "./run.enum.js";
import { ValidationReportType } from "./validation-report.type.js";

@ObjectType("RunError", { simpleResolvers: true })
export class RunErrorType implements RunError {
  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true })
  step!: string | null;
}

@ObjectType("Run", {
  implements: NodeType,
  simpleResolvers: true,
  description:
    "One execution of a job, whatever its kind: what a workflow engine calls a flow run and a tracker calls a run is one thing here.",
})
export class RunType implements Omit<Run, "id" | "snapshotId" | "parentRunId" | "experimentId"> {
  @Field(() => RunKind)
  kind!: Run["kind"];

  @Field(() => RunStatus)
  status!: Run["status"];

  @Field(() => JsonScalar)
  params!: Record<string, unknown>;

  @Field(() => String, { description: "Who started it." })
  actor!: string;

  @Field(() => DateTimeScalar)
  createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true })
  startedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true })
  durationMs!: number | null;

  @Field(() => Int, { description: "1 for the first; a retry counts on." })
  attempt!: number;

  @Field(() => RunErrorType, { nullable: true })
  error!: RunError | null;

  @Field(() => ValidationReportType, { nullable: true })
  validation!: ValidationReport | null;

  @Field(() => JsonScalar, { description: "What it ran on: versions, platform, hashes of the definitions." })
  environment!: Record<string, unknown>;

  @Field(() => String, { nullable: true })
  gitCommit!: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "What the run returned, by kind: reproduce -> {identical, differences}, trainAndCompare -> {decision, candidate, production}, ingest -> {unchanged, rows}.",
  })
  result!: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The x-request-id of the request that started it, or tried it again last; null where a schedule or another run did.",
  })
  requestId!: string | null;

  @Field(() => String, { nullable: true, description: "What people call it." })
  name!: string | null;

  @Field(() => JsonScalar, { description: "Texts by name, as updateRun set them." })
  tags!: Record<string, string>;

  @Field(() => String, { nullable: true })
  note!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it was put aside: it is in no list of runs until it is restored.",
  })
  deletedAt!: Date | null;
}

const RunEdge = edgeOf("Run", () => RunType);

@ObjectType("RunConnection", { simpleResolvers: true, description: "One page of a list of runs." })
export class RunConnectionType implements ConnectionPage<RunType> {
  @Field(() => [RunEdge], { description: "The runs of the page, each with its cursor." })
  edges!: Edge<RunType>[];

  @Field(() => [RunType], { description: "The runs of the page, without cursors." })
  nodes!: RunType[];

  @Field(() => PageInfoType, { description: "Where the page lies in the list." })
  pageInfo!: PageInfoType;

  /** Not a field: counted where totalCount, or whether it is exact, is asked for. */
  count!: () => Promise<RunCount>;
}
