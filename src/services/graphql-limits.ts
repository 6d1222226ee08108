/** What one GraphQL request may ask for; fragments count wherever they are spread. */
export interface GraphQLLimits {
  /** Nested selections of one operation. */
  depth: number;
  /** Selected fields of one operation, introspection too. */
  fields: number;
  aliases: number;
  directives: number;
  rootFields: number;
  /** Of the document, before it is parsed. */
  documentBytes: number;
  tokens: number;
  /** Objects that the answer may hold, and look-ups for them, by the pages and lists that were asked for. */
  cost: number;
  /** The same for one event of a subscription, which is paid for as often as something happens. */
  eventCost: number;
  introspection: boolean;
}

/** GraphiQL's introspection, the demo and the examples stay below a third of each. */
export const defaultGraphQLLimits: GraphQLLimits = {
  depth: 15,
  fields: 1_000,
  aliases: 100,
  directives: 50,
  rootFields: 50,
  documentBytes: 200_000,
  tokens: 10_000,
  cost: 500_000,
  eventCost: 1_000,
  introspection: true,
};
