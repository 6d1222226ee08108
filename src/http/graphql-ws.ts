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
import { askingBy, type Identity } from "../auth/identity.js";
import { UnauthenticatedError } from "../errors/auth-errors.js";
import { AsofError } from "../errors/errors.js";
import { StoppingError, TooManySocketsError } from "../errors/limit-errors.js";
import { RequestScope } from "../observability/request-scope.js";
import { startSpan } from "../observability/tracing.js";
import { createContext, type GraphQLContext } from "../resolvers/context.js";
import { readsOf } from "../services/masked-services.js";
import type { PersonalReads } from "../services/personal-reads.js";
import type { Services } from "../services/services.js";
import { actorOfSocket } from "./actor.js";
import { requireLocalName } from "./auth.js";
import { requireExactJson } from "./exact-body.js";
import { formatGraphQLError } from "./graphql-error.js";
import type { Admission } from "./limits/admission.js";
import type { DocumentLimits } from "./limits/document-limits.js";
import type { Leave, SocketPlaces } from "./limits/socket-places.js";
import { answerIn } from "./request-scopes.js";
import { authorizationOf as authorizationOfRequest } from "./session-cookie.js";
import { SocketOperations } from "./socket-operations.js";
import { type SocketExtra, serveSockets } from "./websocket-adapter.js";

/** As graphql-ws closes what it refuses. */
const forbidden = 4403;
/** All that a close frame holds. */
const maxReasonBytes = 123;

/** A socket that goes on after so many refusals does not listen to them. */
const mostRefusals = 1_000;
const tooManyRequests = 4429;
/** With what is remembered of a token for as long, half of the 30 s in which one that was revoked unheard ends. */
const askAgainMs = 15_000;

type Extra = SocketExtra & { identity?: Identity; unwatch?: () => void; leave?: Leave };
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

const close = ({ socket }: SocketExtra, code: number, reason: string): void =>
  socket.close(code, Buffer.from(reason).subarray(0, maxReasonBytes).toString("latin1"));

/** Who the socket is now: a notification that its token was revoked may be lost. */
function identify(
  { auth }: Services,
  { connectionParams, extra: { request } }: SocketContext,
): Identity | Promise<Identity> {
  const known = auth.authenticate(
    authorizationOf(connectionParams, authorizationOfRequest(request)),
    actorOfSocket(connectionParams, request.headers),
  );
  return known instanceof Promise
    ? known.then((identity) => askingBy(identity, "graphql"))
    : askingBy(known, "graphql");
}

/** Asks a socket who it is, and closes it with 4403 if that does not hold, now or later; with 4429 one too many. */
async function admitSocket(
  services: Services,
  places: SocketPlaces,
  context: SocketContext,
): Promise<boolean> {
  const { auth } = services;
  const { extra } = context;
  try {
    if (auth.open) requireLocalName(extra.request);
    const identity = await identify(services, context);
    // It may have gone while it was asked who it is: nothing would give its place back.
    if (extra.socket.readyState !== extra.socket.OPEN) return false;
    extra.leave = places.takeSocket(identity);
    extra.identity = identity;
    const unwatch = auth.watch(identity, (reason) => close(extra, forbidden, reason));
    const timer = setInterval(() => void askAgain(services, context), askAgainMs);
    extra.unwatch = () => {
      clearInterval(timer);
      unwatch();
    };
    return true;
  } catch (error) {
    if (!(error instanceof AsofError)) throw error;
    const code = error instanceof TooManySocketsError ? tooManyRequests : forbidden;
    close(extra, code, `${error.code}: ${error.message}`);
    return false;
  }
}

/** A connection stays open while the database or the issuer of JWTs is unavailable. */
async function askAgain(services: Services, context: SocketContext): Promise<void> {
  try {
    context.extra.identity = await identify(services, context);
  } catch (error) {
    if (error instanceof UnauthenticatedError)
      close(context.extra, forbidden, `${error.code}: ${error.message}`);
  }
}

/** GraphQL over WebSocket, sub-protocol graphql-transport-ws. */
export function webSocketHandler(
  schema: GraphQLSchema,
  services: Services,
  app: FastifyInstance,
  limits: DocumentLimits,
  admission: Admission,
  places: SocketPlaces,
) {
  const format = (errors: readonly GraphQLError[]) =>
    errors.map((error) => formatGraphQLError(error, app.log));
  const operationOf = ({ extra }: SocketContext, asked: object) =>
    SocketOperations.of(extra.socket).get(asked);
  const refuse = ({ extra }: SocketContext, error: Error) => {
    if (SocketOperations.of(extra.socket).refuse() === mostRefusals)
      close(extra, tooManyRequests, "too many operations were refused");
    return [asGraphQLError(error)];
  };
  const prepare = async (identity: Identity, { query, operationName, variables }: SubscribePayload) => {
    if (app.stopping) throw new StoppingError();
    if (identity.kind !== "open") await app.rateLimiter.take(identity.id);
    limits.checkDocument(query);
    const document = parse(query);
    const errors = validate(schema, document);
    const cost = errors.length === 0 ? limits.checkOperation(document, operationName, variables) : 0;
    return { document, errors, cost };
  };
  return serveSockets<Record<string, unknown>, Extra>(
    {
      onConnect: (context) => admitSocket(services, places, context),
      onClose: ({ extra }) => {
        extra.unwatch?.();
        extra.leave?.();
        SocketOperations.of(extra.socket).abandon();
      },
      onSubscribe: async (context, id, payload) => {
        const { extra } = context;
        const operations = SocketOperations.of(extra.socket);
        let leave: Leave;
        try {
          leave = places.takeOperation(extra.identity!, operations.size);
        } catch (error) {
          return refuse(context, error as Error);
        }
        const scope = new RequestScope(operations.nextId(extra.request.id), "an operation over WebSocket");
        const operation = {
          scope,
          type: "invalid",
          name: undefined,
          answers: 0,
          outcome: "ok",
          leave,
        } as const;
        operations.begin(payload, operation);
        // A completed operation gets no further message, and graphql-ws does not report its end.
        const failed = (errors: readonly GraphQLError[]) => {
          if (!(id in context.subscriptions)) operations.end(payload, extra.identity?.actor, app.log);
          return errors;
        };
        try {
          if (extra.message !== undefined) requireExactJson(extra.message);
          const identity = identify(services, context);
          extra.identity = identity instanceof Promise ? await identity : identity;
          scope.caller = extra.identity.id;
          const { document, errors, cost } = await prepare(extra.identity, payload);
          if (errors.length > 0) return failed(errors);
          operations.begin(payload, { ...operation, ...describe(document, payload.operationName) });
          const reads = readsOf(services, extra.identity!);
          const contextValue = createContext(services, extra.identity!, reads);
          return {
            schema,
            document,
            operationName: payload.operationName,
            variableValues: payload.variables,
            contextValue: Object.assign(contextValue, { scope, cost, reads }),
          };
        } catch (error) {
          if (error instanceof UnauthenticatedError)
            close(extra, forbidden, `${error.code}: ${error.message}`);
          return failed([asGraphQLError(error as Error)]);
        }
      },
      execute: (args) => executeInScope(args, app, admission, services.config.requestTimeoutMs),
      onNext: async (context, _id, payload, { contextValue }, { errors, ...result }) => {
        await storeReads(services, contextValue as SocketContextValue, payload);
        const operation = operationOf(context, payload);
        if (operation) operation.answers++;
        if (!errors) return result;
        const formatted = format(errors);
        if (operation) operation.outcome = codeOf(formatted);
        return { ...result, errors: formatted };
      },
      onError: (context, _id, payload, errors) => {
        const formatted = format(errors);
        const operation = operationOf(context, payload);
        if (operation) operation.outcome = codeOf(formatted);
        SocketOperations.of(context.extra.socket).end(payload, context.extra.identity?.actor, app.log);
        return formatted;
      },
      onComplete: ({ extra }, _id, payload) =>
        SocketOperations.of(extra.socket).end(payload, extra.identity?.actor, app.log),
    },
    app.log,
    services.config.keepAliveMs,
  );
}

type SocketContextValue = GraphQLContext & { scope: RequestScope; cost: number; reads: PersonalReads | null };

/** What an answer, or an event, has of personal values is on record before it is sent. */
async function storeReads(
  { audit }: Services,
  { reads, identity, scope }: SocketContextValue,
  { operationName }: SubscribePayload,
): Promise<void> {
  const who = { actor: identity.actor, role: identity.role, requestId: scope.id };
  await reads?.store(audit, who, `WebSocket ${operationName ?? ""}`.trim());
}

/** A query or mutation: within its scope, and no longer than a request may take. */
function executeInScope(
  args: ExecutionArgs,
  { underWay }: FastifyInstance,
  admission: Admission,
  limitMs = 0,
): Promise<ExecutionResult> {
  const { scope, cost } = args.contextValue as SocketContextValue;
  const { type, name } = describe(args.document, args.operationName);
  const span = startSpan(`graphql ${type}`, {
    "graphql.operation.type": type,
    "graphql.operation.name": name,
    "asof.request_id": scope.id,
  });
  scope.traceparent = span?.traceparent;
  const work = async () => {
    const leave = await admission.enter(cost);
    try {
      return await execute(args);
    } finally {
      leave();
    }
  };
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
