import { type ClassType, Field, ObjectType } from "type-graphql";
import { ErasedArtifactType, ErasedPlaceType, OutsidePlaceType } from "./erasure.type.js";
import { LOOK_UP } from "./field-costs.js";
import { GeneratedTypes, type Shape } from "./generated-types.js";
import { ModelVersionType } from "./model-version.type.js";
import { HeldOutMetricType } from "./promotion-check.type.js";
import { RunType } from "./run.type.js";
import { SnapshotType } from "./snapshot.type.js";
import { GateResultType } from "./stage-transition.type.js";

/** What outcomes refer to. */
const NODES: Readonly<Record<string, unknown>> = {
  Snapshot: SnapshotType,
  ModelVersion: ModelVersionType,
  Run: RunType,
};

/** What is declared by hand, because others than runs have it, too. */
const DECLARED: Readonly<Record<string, unknown>> = {
  GateResult: GateResultType,
  HeldOutMetric: HeldOutMetricType,
  ErasedPlace: ErasedPlaceType,
  ErasedArtifact: ErasedArtifactType,
  OutsidePlace: OutsidePlaceType,
};

/** Declares the GraphQL object types of outcomes from zod shapes: each once, whoever names it. */
export class GeneratedOutcomes extends GeneratedTypes {
  readonly #objects = new Map<string, { type: ClassType; fields: string }>();

  constructor() {
    super({ ...NODES, ...DECLARED });
  }

  /**
   * @param nullable whether every field is, whatever its schema says
   * @throws {Error} two shapes with different fields have the same name
   */
  declare(name: string, shape: Shape, description: string | undefined, nullable: boolean): ClassType {
    const fields = Object.keys(shape).join(", ");
    const known = this.#objects.get(name);
    if (known && known.fields !== fields)
      throw new Error(`the outcome ${name} is declared twice: of ${known.fields}, and of ${fields}`);
    if (known) return known.type;
    const type: ClassType = class {};
    this.#objects.set(name, { type, fields });
    ObjectType(name, { description, simpleResolvers: true })(type);
    for (const [field, schema] of Object.entries(shape)) {
      const { type: typeOf, nullable: optional, description } = this.field(schema, `${name}.${field}`);
      const isLookedUp = Object.values(NODES).includes([typeOf()].flat()[0]);
      const cost = isLookedUp ? { complexity: LOOK_UP } : {};
      Field(typeOf, { nullable: nullable || optional, description, ...cost })(type.prototype, field);
    }
    return type;
  }

  protected object(name: string, shape: Shape, description: string | undefined): ClassType {
    return this.declare(name, shape, description, false);
  }
}
