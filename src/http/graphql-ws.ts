import type { FastifyInstance } from "fastify";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from "graphql";
import type { Context, SubscribePayload } from "graphql-ws";
import type { Identity } from "../auth/identity.js";
import { AsofError } from "../errors/errors.js";
import { StoppingError } from "../errors/limit-errors.js";
import { RequestScope } from "../observability/request-scope.js";
import { startSpan } from "../observability/tracing.js";
import { createContext, type GraphQLContext } from "../resolvers/context.js";
import type { Services } from "../services.js";
import { actorOfSocket } from "./actor.js";
import { requireLocalName } from "./auth.js";
import { requireExactJson } from "./exact-body.js";
import { formatGraphQLError } from "./graphql-error.js";
import type { DocumentLimits } from "./limits/document-limits.js";
import { answerIn } from "./request-scopes.js";
import { SocketOperations } from "./socket-operations.js";
import { type SocketExtra, serveSockets } from "./websocket-adapter.js";

/** As graphql-ws closes what it refuses. */
const forbidden = 4403;
/** All that a close frame holds. */
const maxReasonBytes = 123;

type Extra = SocketExtra & { identity?: Identity; unwatch?: () => void };
type SocketContext = Context<Record<string, unknown>, Extra>;

/** What stands for the authorization header, which a browser cannot set: `authorization` or `token`. */
function authorizationOf(
  params: Record<string, unknown> | undefined,
  header: string | undefined,
): string | undefined {
  if (typeof params?.token === "string") return `Bearer ${params.token}`;
  const given = params?.authorization ?? params?.Authorization;
  return typeof given === "string" ? given : header;
}

/** Asks a socket who it is, and closes it with 4403 if that does not hold, now or later. */
async function admitSocket({ auth }: Services, { connectionParams, extra }: SocketContext): Promise<boolean> {
  const { headers } = extra.request;
  const end = (reason: string) =>
    extra.socket.close(forbidden, Buffer.from(reason).subarray(0, maxReasonBytes).toString("latin1"));
  try {
    if (auth.open) requireLocalName(extra.request);
    const identity = await auth.authenticate(
      authorizationOf(connectionParams, headers.authorization),
      actorOfSocket(connectionParams, headers),
    );
    extra.identity = identity;
    extra.unwatch = auth.watch(identity, end);
    return true;
  } catch (error) {
    if (!(error instanceof AsofError)) throw error;
    end(`${error.code}: ${error.message}`);
    return false;
  }
}

/** GraphQL over WebSocket, sub-protocol graphql-transport-ws. */
export function webSocketHandler(
  schema: GraphQLSchema,
  services: Services,
  app: FastifyInstance,
  limits: DocumentLimits,
) {
  const format = (errors: readonly GraphQLError[]) =>
    errors.map((error) => formatGraphQLError(error, app.log));
  const operationOf = ({ extra }: SocketContext, id: string) => SocketOperations.of(extra.socket).get(id);
  const prepare = (identity: Identity, { query, operationName, variables }: SubscribePayload) => {
    if (app.stopping) throw new StoppingError();
    if (identity.kind !== "open") app.rateLimiter.take(identity.id);
    limits.checkDocument(query);
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length === 0) limits.checkOperation(document, operationName, variables);
    return { document, errors };
  };
  return serveSockets<Record<string, unknown>, Extra>(
    {
      onConnect: (context) => admitSocket(services, context),
      onClose: ({ extra }) => {
        extra.unwatch?.();
        SocketOperations.of(extra.socket).abandon();
      },
      onSubscribe: ({ extra }, id, payload) => {
        const operations = SocketOperations.of(extra.socket);
        const scope = new RequestScope(operations.nextId(extra.request.id), "an operation over WebSocket");
        const operation = { scope, type: "invalid", name: undefined, answers: 0, outcome: "ok" } as const;
        operations.begin(id, operation);
        try {
          if (extra.message !== undefined) requireExactJson(extra.message);
          const { document, errors } = prepare(extra.identity!, payload);
          if (errors.length > 0) return errors;
          operations.begin(id, { ...operation, ...describe(document, payload.operationName) });
          const contextValue = createContext(services, extra.identity!);
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue: Object.assign(contextValue, { scope }),
          };
        } catch (error) {
          return [asGraphQLError(error as Error)];
        }
      },
      execute: (args) => executeInScope(args, app, services.config.requestTimeoutMs),
      onNext: (context, id, _payload, _args, { errors, ...result }) => {
        const operation = operationOf(context, id);
        if (operation) operation.answers++;
        if (!errors) return result;
        const formatted = format(errors);
        if (operation) operation.outcome = codeOf(formatted);
        return { ...result, errors: formatted };
      },
      onError: (context, id, _payload, errors) => {
        const formatted = format(errors);
        const operation = operationOf(context, id);
        if (operation) operation.outcome = codeOf(formatted);
        SocketOperations.of(context.extra.socket).end(id, context.extra.identity?.actor, app.log);
        return formatted;
      },
      onComplete: ({ extra }, id) =>
        SocketOperations.of(extra.socket).end(id, extra.identity?.actor, app.log),
    },
    app.log,
    services.config.keepAliveMs,
  );
}

/** A query or mutation: within its scope, and no longer than a request may take. */
function executeInScope(
  args: ExecutionArgs,
  { underWay }: FastifyInstance,
  limitMs = 0,
): Promise<ExecutionResult> {
  const { scope } = args.contextValue as GraphQLContext & { scope: RequestScope };
  const { type, name } = describe(args.document, args.operationName);
  const span = startSpan(`graphql ${type}`, {
    "graphql.operation.type": type,
    "graphql.operation.name": name,
    "asof.request_id": scope.id,
  });
  scope.traceparent = span?.traceparent;
  const work = async () => execute(args);
  return answerIn(scope, underWay, limitMs, () => (span ? span.run(work) : work()))
    .catch((error) => ({ errors: [asGraphQLError(error)] }))
    .finally(() => span?.end());
}

const asGraphQLError = (error: Error): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });

function describe(document: DocumentNode, operationName: string | null | undefined) {
  const operation = getOperationAST(document, operationName);
  return {
    type: operation?.operation ?? ("invalid" as const),
    name: operation?.name?.value.slice(0, 100),
  };
}

const codeOf = ([first]: readonly { extensions?: Record<string, unknown> }[]): string =>
  String(first?.extensions?.code ?? "INTERNAL_SERVER_ERROR");
