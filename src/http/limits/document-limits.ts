import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  parse,
} from "graphql";
import { AsofError, BadUserInputError } from "../../errors/errors.js";
import { QueryTooComplexError } from "../../errors/limit-errors.js";
import type { GraphQLLimits } from "../../services/graphql-limits.js";
import { measureDocument } from "./measure-document.js";
import { operationCost } from "./operation-cost.js";

const REMEMBERED_DOCUMENTS = 1_000;
const LONGEST_REMEMBERED = 20_000;
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more that \d+ tokens/;
const ADVICE = {
  depth: "ask for the inner objects in a request of their own",
  fields: "select less, or split the request",
  aliases: "ask with predictMany or historicalFeatures, or split the request",
  directives: "use fewer",
  rootFields: "split the request",
} as const;

const CHEAPER =
  "ask for smaller pages, nest fewer lists, or select fewer fields that look something up for each object " +
  "(an object costs 1, a look-up 20, a row of a list 4 more; aliases cost again)";

/** The limits of one server, the same over HTTP and WebSocket. */
export class DocumentLimits {
  /** Whatever passed, oldest first: clients send the same few documents again and again. */
  readonly #passed = new Set<string>();

  constructor(
    private readonly schema: GraphQLSchema,
    readonly limits: GraphQLLimits,
  ) {}

  /**
   * Before validation, whose own rules take long on large documents. A document that cannot be parsed passes: its
   * error is reported by the parser that reads it next.
   * @throws {QueryTooComplexError} size, tokens, depth, fields, aliases, directives or root fields
   * @throws {AsofError} FORBIDDEN: introspection is switched off
   */
  checkDocument(source: unknown): void {
    if (typeof source !== "string" || this.#passed.has(source)) return;
    const bytes = Buffer.byteLength(source);
    const { documentBytes, tokens } = this.limits;
    if (bytes > documentBytes) {
      throw new QueryTooComplexError("document bytes", documentBytes, bytes, "pass values as variables");
    }
    try {
      this.#checkMeasures(parse(source, { maxTokens: tokens, noLocation: true }));
    } catch (error) {
      // So deep that the parser, which calls itself level by level, ran out of stack.
      if (error instanceof RangeError) {
        const { depth } = this.limits;
        throw new QueryTooComplexError("depth", depth, depth + 1, ADVICE.depth);
      }
      if (!(error instanceof GraphQLError)) throw error;
      if (!TOO_MANY_TOKENS.test(error.message)) return;
      throw new QueryTooComplexError(
        "tokens",
        tokens,
        tokens + 1,
        "pass values as variables, or split the request",
      );
    }
    this.#remember(source);
  }

  /**
   * Before execution, with what the client passed.
   * @returns its cost
   * @throws {QueryTooComplexError} cost
   */
  checkOperation(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): number {
    const cost = this.#cost(document, operationName, variables);
    const event = getOperationAST(document, operationName)?.operation === "subscription";
    const max = event ? this.limits.eventCost : this.limits.cost;
    if (cost <= max) return cost;
    throw event
      ? new QueryTooComplexError(
          "event cost",
          max,
          cost,
          "select less of each event, and ask for the rest with a query",
        )
      : new QueryTooComplexError("cost", max, cost, CHEAPER);
  }

  /** The cost of an operation, the only one of its document; null: more than it may have. */
  costOf(asked: { document: DocumentNode; variables: Readonly<Record<string, unknown>> }): number | null {
    const cost = this.#cost(asked.document, null, asked.variables);
    return cost <= this.limits.cost ? cost : null;
  }

  #cost(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): number {
    const operation = getOperationAST(document, operationName);
    if (!operation) return 0;
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
    }
    return operationCost(this.schema, operation, fragments, variables ?? {});
  }

  /** @throws {BadUserInputError} several operations in one request: subscribe, or send them side by side */
  refuseBatch(body: unknown): void {
    if (!Array.isArray(body)) return;
    throw new BadUserInputError(
      `one operation a request was expected; got a batch of ${body.length}; send them side by side`,
    );
  }

  #checkMeasures(document: DocumentNode): void {
    const { introspection, ...measures } = measureDocument(document);
    for (const name of Object.keys(ADVICE) as (keyof typeof ADVICE)[]) {
      const max = this.limits[name];
      if (measures[name] > max) throw new QueryTooComplexError(name, max, measures[name], ADVICE[name]);
    }
    if (introspection && !this.limits.introspection) {
      throw new AsofError(
        "FORBIDDEN",
        "introspection is switched off here; schema.graphql describes the API",
      );
    }
  }

  #remember(source: string): void {
    if (source.length > LONGEST_REMEMBERED) return;
    const oldest = this.#passed.values().next();
    if (this.#passed.size >= REMEMBERED_DOCUMENTS && !oldest.done) this.#passed.delete(oldest.value);
    this.#passed.add(source);
  }
}
