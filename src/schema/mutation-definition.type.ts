import { Field, ObjectType } from "type-graphql";
import { Role } from "./access.type.js";
import { RunKind } from "./run.enum.js";

@ObjectType("MutationDefinition", {
  simpleResolvers: true,
  description: "A mutation of this deployment, with all that a form for it needs.",
})
export class MutationDefinitionType {
  @Field(() => String, { description: "As in this schema: trainAndCompare." })
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => Role, { description: "The least role that may call it." })
  role!: string;

  @Field(() => RunKind, {
    nullable: true,
    description: "The kind of run that it starts; null where it starts none.",
  })
  kind!: string | null;

  @Field(() => String, { description: "The name of the type that it answers." })
  answers!: string;

  @Field(() => String, {
    description:
      "In GraphQL's own language: the mutation, every input type and enum it takes, and of the type it answers the fields without arguments that hold a value.",
  })
  definition!: string;
}
