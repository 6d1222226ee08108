import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { GraphQLContext } from "../resolvers/context.js";
import { isDetached } from "./detached-query.js";
import { formatGraphQLError } from "./graphql-error.js";

const REMEMBERED = 200;
const LONGEST_REMEMBERED = 20_000;
/** Asked this often it is worth the milliseconds that compiling takes. */
const COMPILED_AT = 3;
const JSON_TYPE = /^application\/json\s*(;\s*charset=utf-8\s*)?$/i;

interface Known {
  document: DocumentNode;
  name: string | null;
  asked: number;
  /** null: it cannot be compiled. */
  compiled?: CompiledQuery | null;
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
  compiled: CompiledQuery;
  detached: boolean;
}

/**
 * Queries that are sent again and again, compiled, so that they need not pass through Apollo's pipeline. It learns
 * them from Apollo, which has parsed and validated them, and leaves to it whatever is out of the ordinary: answers are
 * the same either way.
 */
export class KnownOperations {
  /** By their text, least recently used first. */
  readonly #known = new Map<string, Known>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** @param document of `source`, valid */
  learn(source: string, document: DocumentNode): void {
    if (source.length > LONGEST_REMEMBERED || this.#known.has(source)) return;
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const [operation, ...others] = operations as OperationDefinitionNode[];
    if (operation?.operation !== "query" || others.length > 0 || introspects(document)) return;
    if (this.#known.size >= REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
    const name = operation.name?.value ?? null;
    this.#known.set(source, { document, name, asked: 1, detached: isDetached(this.schema, document) });
  }

  /** Null: Apollo's to answer. */
  find({ headers, body }: Pick<FastifyRequest, "headers" | "body">): KnownOperation | null {
    const { accept = "*/*", "content-type": type = "" } = headers;
    if (accept !== "*/*" && accept !== "application/json") return null;
    if (!JSON_TYPE.test(type) || !isOrdinary(body)) return null;
    const known = this.#known.get(body.query);
    if (!known || (body.operationName ?? known.name) !== known.name) return null;
    this.#known.delete(body.query);
    this.#known.set(body.query, known);
    if (++known.asked >= COMPILED_AT && known.compiled === undefined) known.compiled = this.#compile(known);
    const { document, compiled, detached } = known;
    return compiled ? { document, compiled, detached, variables: body.variables ?? {} } : null;
  }

  #compile({ document, name }: Known): CompiledQuery | null {
    const compiled = compileQuery(this.schema, document, name ?? undefined);
    return isCompiledQuery(compiled) ? compiled : null;
  }
}

/**
 * @returns the answer's body; null where Apollo is to answer, who finds the words for variables that cannot be used and
 *   for a value that does not fit its type: it is a query, and may be asked twice. What a resolver throws is an answer:
 *   asked again, it would be counted twice, and burden twice what fails already
 */
export async function executeKnown(
  { compiled, variables }: KnownOperation,
  context: GraphQLContext,
  log: FastifyBaseLogger,
): Promise<string | null> {
  const { data, errors }: ExecutionResult = await compiled.query(undefined, context, variables);
  if (data === undefined || (errors && !errors.every(isAnswer))) return null;
  const formatted = errors?.map((error) => shown(error, log));
  return `${JSON.stringify({ errors: formatted, data })}\n`;
}

/** As Apollo Server sends it. */
export function sendKnown(reply: FastifyReply, body: string): FastifyReply {
  return reply.code(200).header("content-type", "application/json; charset=utf-8").send(body);
}

const isAnswer = ({ originalError }: GraphQLError): boolean => originalError !== undefined;

/** The compiled query's errors know places and path, but no nodes. */
function shown(
  { message, locations, path, originalError }: GraphQLError,
  log: FastifyBaseLogger,
): GraphQLFormattedError {
  const formatted = formatGraphQLError(new GraphQLError(message, { path, originalError }), log);
  return locations ? { ...formatted, locations } : formatted;
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
