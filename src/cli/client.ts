import { userInfo } from "node:os";
import { Readable } from "node:stream";
import type { ReadableStream as WebReadable } from "node:stream/web";
import { setTimeout as delay } from "node:timers/promises";
import type { NamedKeyColumn } from "../definitions/language/key.js";
import type { RunEventType } from "../registry/event-types.js";
import type { KeyInput, Names } from "./api/schema.js";
import type { ServerError } from "./api/server-error.js";
import { CommandError, UsageError } from "./errors.js";

export interface ServerOptions {
  url?: string | undefined;
  token?: string | undefined;
  actor?: string | undefined;
}

export interface CliRunEvent {
  id: string;
  runId: string;
  kind: string;
  at: string;
  type: RunEventType;
  status: string;
  step: string | null;
  message: string;
  progress: number | null;
}

/** No server answers: exit code 3. */
export class UnreachableError extends Error {}

const RECONNECTS = 20;
const RECONNECT_MS = 500;
const EVENTS = `subscription ($id: ID, $after: ID) {
  runEvents(runId: $id, after: $after) { id runId kind at type status step message progress }
}`;

/** A running asof, asked through its public GraphQL API. */
export class AsofClient {
  readonly address: string;
  readonly #headers: Record<string, string>;

  /**
   * @throws {UsageError} the URL is none
   */
  constructor({ url, token, actor }: ServerOptions, env: NodeJS.ProcessEnv = process.env) {
    const given = url || env.ASOF_URL || `http://127.0.0.1:${env.PORT?.trim() || 4000}`;
    if (!/^https?:\/\//.test(given) || !URL.canParse(given))
      throw new UsageError(`--url ${JSON.stringify(given)}: http://host:port is expected`);
    this.address = given.replace(/\/+(graphql)?\/*$/, "");
    const bearer = token || env.ASOF_TOKEN;
    this.#headers = {
      "x-asof-actor": actor || env.ASOF_ACTOR || userName(),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    };
  }

  /**
   * @throws {UnreachableError} no asof answers at the address
   * @throws {Error} the server answered with an error, as `explain` words it; with its code unless given
   */
  async query<T>(
    query: string,
    variables: Record<string, unknown> = {},
    explain: (error: ServerError) => Error = inItsWords,
  ): Promise<T> {
    const response = await fetch(`${this.address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify({ query, variables }),
    }).catch((error: Error) => {
      throw unreachable(this.address, (error.cause as Error | undefined) ?? error);
    });
    const body = (await response.json().catch(() => null)) as Answer<T> | null;
    const failure = body?.errors?.[0];
    if (failure) throw explain(failure);
    if (!body?.data)
      throw unreachable(this.address, new Error(`it answered ${response.status} and no GraphQL`));
    return body.data;
  }

  /**
   * The bytes of a file, by the address that the server gives it.
   * @throws {CommandError} the server refuses it
   */
  async file(url: string): Promise<AsyncIterable<Uint8Array>> {
    return Readable.fromWeb((await this.request(url, {})).body as WebReadable);
  }

  /**
   * Asks a route beside GraphQL; a file is sent as it is read.
   * @throws {UnreachableError} no asof answers at the address
   * @throws {CommandError} the server answered with an error
   */
  async request(
    path: string,
    { method = "GET", body, type }: { method?: string; body?: Blob; type?: string },
  ): Promise<Response> {
    const response = await fetch(`${this.address}/${path.replace(/^\//, "")}`, {
      method,
      headers: { ...this.#headers, ...(type ? { "content-type": type } : {}) },
      ...(body ? { body } : {}),
    }).catch((error: Error) => {
      throw unreachable(this.address, (error.cause as Error | undefined) ?? error);
    });
    if (response.ok) return response;
    const text = await response.text();
    const failure = restError(text);
    throw new CommandError(
      failure
        ? `${failure.code}: ${failure.message}`
        : `${path}: the server answered ${response.status}: ${text.slice(0, 500)}`,
    );
  }

  /** What the server's deployment calls its entity. */
  async names(): Promise<Names & { readonly keyInput: KeyInput | null }> {
    const [{ entityNames }, { entity }, { deployment }] = await Promise.all([
      import("../definitions/language/entity-names.js"),
      import("../definitions/language/entity.js"),
      this.query<{
        deployment: {
          entities: { name: string; keys: NamedKeyColumn[] }[];
          services: { entity: string }[];
        };
      }>("{ deployment { entities { name keys { column field type } } services { entity } } }"),
    ]);
    const { entities, services } = deployment;
    // As the schema does: the entity of the default model.
    const { name, keys } = entities.find((each) => each.name === services[0]?.entity) ?? entities[0]!;
    const columns = Object.fromEntries(keys.map(({ column, type }) => [column, { type }]));
    const { one, many, field, fields, erase, type } = entityNames(entity(name, { key: columns }));
    const keyInput = { type: `${type}Key`, fields: keys.map((key) => key.field) };
    return { ...{ one, many, field, fields, erase }, keyInput: keys.length === 1 ? null : keyInput };
  }

  /**
   * The events of one run or of all, from the cursor on and then live; a connection that is lost is made again
   * and goes on behind the last event.
   */
  async *events(runId: string | null, after: string | null = null): AsyncGenerator<CliRunEvent> {
    let cursor = after;
    for (let failures = 0; ; ) {
      try {
        for await (const event of this.#connection(runId, cursor)) {
          failures = 0;
          cursor = event.id;
          yield event;
        }
        throw new Error("the server ended the events");
      } catch (error) {
        if (error instanceof CommandError) throw error;
        if (++failures > RECONNECTS) throw unreachable(this.address, error as Error);
        await delay(RECONNECT_MS);
      }
    }
  }

  async *#connection(id: string | null, after: string | null): AsyncGenerator<CliRunEvent> {
    // Most commands follow nothing and start the sooner.
    const [{ createClient }, { WebSocket }] = await Promise.all([import("graphql-ws"), import("ws")]);
    const headers = this.#headers;
    class WithHeaders extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    }
    const client = createClient({
      url: `${this.address.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WithHeaders,
      retryAttempts: 0,
      connectionParams: headers,
    });
    try {
      for await (const { data, errors } of client.iterate<{ runEvents: CliRunEvent }>({
        query: EVENTS,
        variables: { id, after },
      })) {
        if (errors?.[0]) throw new CommandError(errors[0].message);
        if (data) yield data.runEvents;
      }
    } catch (error) {
      if (Array.isArray(error)) throw new CommandError(error.map(({ message }) => message).join("; "));
      throw toError(error);
    } finally {
      await client.dispose();
    }
  }
}

interface Answer<T> {
  data?: T;
  errors?: ServerError[];
}

const inItsWords = ({ message, extensions }: ServerError): Error =>
  new CommandError(`${extensions?.code ?? "ERROR"}: ${message}`);

/** What a route beside GraphQL answers instead of what was asked for; null where something else did, such as a proxy. */
function restError(text: string): { code: string; message: string } | null {
  try {
    return (JSON.parse(text) as { error?: { code: string; message: string } }).error ?? null;
  } catch {
    return null;
  }
}

function unreachable(address: string, { message, ...rest }: Error & { code?: string }): UnreachableError {
  const reason = message || rest.code || "no answer";
  return new UnreachableError(
    `no asof answers at ${address}: ${reason}; start one (npm start), or name another with --url or ASOF_URL`,
  );
}

/** A WebSocket that closes is reported as an event, not as an error. */
function toError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { code, reason, message } = error as { code?: number; reason?: string; message?: string };
  // 4401 and 4403: the server lets this client not in, and will not the next time either.
  if (code === 4401 || code === 4403) return new CommandError(reason || "the server refuses this client");
  return new Error(message || reason || (code ? `closed with ${code}` : "the connection was lost"));
}

/** The account's name, as far as the server accepts it. */
function userName(): string {
  try {
    return (
      userInfo()
        .username.replace(/[^\w.@+-]/g, "-")
        .slice(0, 64) || "cli"
    );
  } catch {
    return "cli";
  }
}
