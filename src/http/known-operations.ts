import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { GraphQLContext } from "../resolvers/context.js";
import { type CompiledOperation, OperationCompiler } from "./compile-operation.js";
import { isDetached } from "./detached-query.js";
import { formatGraphQLError } from "./graphql-error.js";

const REMEMBERED = 200;
const LONGEST_REMEMBERED = 20_000;
/** Asked this often it is worth the milliseconds that compiling takes. */
const COMPILED_AT = 3;
const JSON_TYPE = /^application\/json\s*(;\s*charset=utf-8\s*)?$/i;

interface Known {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  asked: number;
  /** null: it is not compiled. */
  compiled?: CompiledOperation | null;
  /** Whether it needs no request's context. */
  detached: boolean;
}
interface Body {
  query: string;
  variables?: Readonly<Record<string, unknown>> | null;
  operationName?: string | null;
}

/** A query that Apollo Server has answered before, and what this request passes to it. */
export interface KnownOperation {
  document: DocumentNode;
  variables: Readonly<Record<string, unknown>>;
  compiled: CompiledOperation;
  detached: boolean;
}

/**
 * Queries that are sent again and again, compiled, so that they need not pass through Apollo's pipeline. It learns
 * them from Apollo, which has parsed and validated them, and leaves to it whatever is out of the ordinary: answers are
 * the same either way.
 */
export class KnownOperations {
  /** By their text. */
  readonly #known = new LRUCache<string, Known>({ max: REMEMBERED });
  readonly #compiler: OperationCompiler;

  constructor(private readonly schema: GraphQLSchema) {
    this.#compiler = new OperationCompiler(schema);
  }

  /** @param document of `source`, valid */
  learn(source: string, document: DocumentNode): void {
    if (source.length > LONGEST_REMEMBERED || this.#known.has(source)) return;
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const [operation, ...others] = operations as OperationDefinitionNode[];
    if (operation?.operation !== "query" || others.length > 0 || introspects(document)) return;
    this.#known.set(source, { document, operation, asked: 1, detached: isDetached(this.schema, document) });
  }

  /** Null: Apollo's to answer. */
  find({ headers, body }: Pick<FastifyRequest, "headers" | "body">): KnownOperation | null {
    const { accept = "*/*", "content-type": type = "" } = headers;
    if (accept !== "*/*" && accept !== "application/json") return null;
    if (!JSON_TYPE.test(type) || !isOrdinary(body)) return null;
    const known = this.#known.get(body.query);
    if (!known) return null;
    const { document, operation, detached } = known;
    const name = operation.name?.value ?? null;
    if ((body.operationName ?? name) !== name) return null;
    if (++known.asked >= COMPILED_AT && known.compiled === undefined)
      known.compiled = this.#compiler.compile(document, operation);
    const { compiled } = known;
    return compiled ? { document, compiled, detached, variables: body.variables ?? {} } : null;
  }
}

/**
 * @returns the answer's body; null where Apollo is to answer, who finds the words for variables that cannot be used and
 *   decides what several failures make of the answer: it is a query, and may be asked twice. What root fields throw is
 *   an answer: asked again, it would be counted twice, and burden twice what fails already
 */
export async function executeKnown(
  { compiled, variables }: KnownOperation,
  context: GraphQLContext,
  log: FastifyBaseLogger,
): Promise<string | null> {
  const values = compiled.argumentsOf(variables);
  if (!values) return null;
  const { data, errors } = await compiled.query(values, context);
  if (data === undefined || (errors && !areAnswer(errors, data))) return null;
  const formatted = errors?.map((error) => shown(error, log));
  return `${JSON.stringify({ errors: formatted, data })}\n`;
}

/** As Apollo Server sends it. */
export function sendKnown(reply: FastifyReply, body: string): FastifyReply {
  return reply.code(200).header("content-type", "application/json; charset=utf-8").send(body);
}

/**
 * Whether graphql-js would say just this. Below the root it depends on what fails first which of several failures are
 * told; where nothing is left of the data, one failure hides the others.
 */
function areAnswer(errors: readonly GraphQLError[], data: unknown): boolean {
  return (
    (data !== null || errors.length === 1) &&
    errors.every(
      ({ path, originalError }) =>
        path?.length === 1 && originalError instanceof Error && !(originalError instanceof GraphQLError),
    )
  );
}

/** The compiled query's errors know places and path, but no nodes. Written in the order in which graphql-js does. */
function shown(
  { message, locations, path, originalError }: GraphQLError,
  log: FastifyBaseLogger,
): GraphQLFormattedError {
  const formatted = formatGraphQLError(new GraphQLError(message, { path, originalError }), log);
  const { message: said, ...others } = formatted;
  return { message: said, locations, ...others };
}

function isOrdinary(body: unknown): body is Body {
  if (typeof body !== "object" || body === null) return false;
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  if (typeof query !== "string" || (extensions !== undefined && extensions !== null)) return false;
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string")
    return false;
  return (
    variables === undefined ||
    variables === null ||
    (typeof variables === "object" && !Array.isArray(variables))
  );
}

function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      found ||= name.value === "__schema" || name.value === "__type";
    },
  });
  return found;
}
