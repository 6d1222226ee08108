import { Field, Float, ObjectType } from "type-graphql";
import type { Artifact } from "../registry/run.js";

@ObjectType("Artifact", { simpleResolvers: true })
export class ArtifactType implements Artifact {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  mediaType!: string;

  @Field(() => Float)
  bytes!: number;

  @Field(() => String)
  sha256!: string;
}
