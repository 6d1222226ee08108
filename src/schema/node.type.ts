import { Field, ID, InterfaceType } from "type-graphql";

/** Its `id` is resolved as src/resolvers/node-kinds.ts says of each type. */
@InterfaceType("Node", { description: "An object that is found again by its id." })
export abstract class NodeType {
  @Field(() => ID, {
    description:
      "Readable and unique over all types: a run's UUID, or `<type>:<key>`, as `model:churn` and `version:churn:3`. " +
      "Parts of a key are percent-encoded.",
  })
  id!: string;
}
