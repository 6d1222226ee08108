import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import type { Lifted, Subject } from "../features/erasure/erasure-store.js";
import type { Snapshot } from "../features/types.js";
import { listSize, parseReason } from "../inputs/arguments.js";
import { askedKey } from "../inputs/asked-key.js";
import { parseKey, requireEntity } from "../inputs/entity-key.js";
import type { ErasureReach } from "../jobs/erase/erasure-reach.js";
import type { VersionEntry } from "../registry/model.js";
import type { Run, ValidationReport } from "../registry/run.js";
import { ErasedSourceType, ErasureLiftType, ErasureReachType } from "../schema/erasure.type.js";
import { COMPUTATION, IN_MEMORY } from "../schema/field-costs.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RunType } from "../schema/run.type.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import { ValidationReportType } from "../schema/validation-report.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
import { Needs } from "./needs.js";

@Resolver(() => ValidationReportType)
export class ErasureResolver {
  @Needs("admin")
  @Mutation(() => ErasureLiftType, {
    description:
      "Lets a user who was erased come back, by the next delivery or push that has them; what was erased stays erased.\n" +
      "Needs a reason, which is on record.",
  })
  async liftErasure(
    @Arg("userId", () => ID) userId: string,
    @Arg("reason", () => String) reason: string,
    @Arg("entity", () => String, {
      nullable: true,
      description: "Whose key it is, where there are several entities; of the first service unless given.",
    })
    entity: string | null | undefined,
    @Ctx() { services, actor }: GraphQLContext,
  ): Promise<Lifted> {
    const why = parseReason(reason, "reason");
    if (why.trim() === "")
      throw new BadUserInputError("reason: say why the person may come back; it is empty", {
        argument: "reason",
      });
    const { definitions, erasures } = services;
    return erasures.lift(subjectOf(definitions, userId, entity), { actor, reason: why });
  }

  @Needs("admin")
  @Query(() => ErasureReachType, {
    complexity: COMPUTATION,
    description:
      "How far an erasure would reach if it were asked for now: nothing is written. Refused where nothing has the key.",
  })
  erasureReach(
    @Arg("userId", () => ID) userId: string,
    @Arg("entity", () => String, {
      nullable: true,
      description: "Whose key it is, where there are several entities; of the first service unless given.",
    })
    entity: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ): Promise<ErasureReach> {
    const { definitions, erasures } = services;
    return erasures.reach(subjectOf(definitions, userId, entity));
  }

  @FieldResolver(() => [ErasedSourceType], {
    complexity: IN_MEMORY,
    description: "Sources with rows that were passed over, because their user was erased.",
  })
  erased(@Root() { erased }: ValidationReport): NonNullable<ValidationReport["erased"]> {
    return erased ?? [];
  }
}

@Resolver(() => ErasureReachType)
export class ErasureReachResolver {
  @FieldResolver(() => [SnapshotType], { description: "Those that have, or carry on, rows of the person." })
  async snapshots(
    @Root() { snapshotIds }: ErasureReach,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Snapshot[]> {
    const shown = snapshotIds.slice(0, listSize(first));
    const found = await Promise.all(shown.map((id) => loaders.snapshots.load(id)));
    return found.filter((snapshot) => snapshot !== null);
  }

  @FieldResolver(() => [ModelVersionType], {
    description: "Versions that were trained with the person: they would stay.",
  })
  async versions(
    @Root() { versions }: ErasureReach,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<VersionEntry[]> {
    const shown = versions.slice(0, listSize(first));
    const found = await Promise.all(shown.map((key) => loaders.versions.load(key)));
    return found.filter((version) => version !== null);
  }

  @FieldResolver(() => [RunType], { description: "Trainings with the person that are under way." })
  async underWay(
    @Root() { underWay }: ErasureReach,
    @ListSize() first: number | null,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<Run[]> {
    const found = await Promise.all(underWay.slice(0, listSize(first)).map((id) => loaders.runs.load(id)));
    return found.filter((run) => run !== null);
  }
}

/** @throws {BadUserInputError} the key or the entity is none */
function subjectOf(definitions: Deployment, userId: string, entity: string | null | undefined): Subject {
  const asked = askedKey(definitions, userId);
  const of = entity ? requireEntity(definitions, entity) : asked.entity;
  return { entity: of, key: parseKey(of, asked.given, entityNames(of).field) };
}
