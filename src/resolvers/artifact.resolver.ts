import { FieldResolver, Resolver, Root } from "type-graphql";
import type { Artifact } from "../registry/run.js";
import { ArtifactType } from "../schema/artifact.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";

@Resolver(() => ArtifactType)
export class ArtifactResolver {
  @FieldResolver(() => String, { complexity: IN_MEMORY, description: "Where it is downloaded." })
  url(@Root() { sha256 }: Artifact): string {
    return `/artifacts/${sha256}`;
  }
}
