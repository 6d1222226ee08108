import { FieldResolver, Resolver, Root } from "type-graphql";
import type { Artifact } from "../registry/run.js";
import { ArtifactType } from "../schema/artifact.type.js";

@Resolver(() => ArtifactType)
export class ArtifactResolver {
  @FieldResolver(() => String, { description: "Where it is downloaded." })
  url(@Root() { sha256 }: Artifact): string {
    return `/artifacts/${sha256}`;
  }
}
