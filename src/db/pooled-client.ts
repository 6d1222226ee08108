import pg from "pg";

/** What a pooler in transaction mode keeps for each client, as it is said at the connection and not by `options`. */
const KEPT = { DateStyle: "ISO", TimeZone: "UTC" };
const CANCEL_MS = 5_000;

/** What pg's types leave out. */
interface Parts {
  getStartupConf(): Record<string, string>;
  processID: number;
  secretKey: number;
  ssl: unknown;
  host: string;
  port: number;
}
interface RawConnection extends NodeJS.EventEmitter {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
  stream: { destroy(): void };
}
const Connection = pg.Connection as unknown as new (config: { ssl: unknown }) => RawConnection;

/** Has the client say at the connection what its session needs. */
export function startupOf(client: pg.Client): void {
  const parts = client as unknown as Parts;
  const usual = parts.getStartupConf.bind(client);
  parts.getStartupConf = () => ({ ...usual(), ...KEPT });
}

/** The same query without a name: a named statement stays on a server that the next query may not get. */
export function unnamed(args: readonly unknown[]): readonly unknown[] {
  const [query, ...others] = args;
  if (typeof query !== "object" || query === null || !("name" in query) || "submit" in query) return args;
  const { name: _, ...rest } = query;
  return [rest, ...others];
}

/**
 * Ends the statement that a client waits for, by the protocol's own request on a connection of its own: the process id that
 * a pooler names is of no server. Resolves when the pooler has taken it, also where it cannot be reached.
 */
export function cancelThroughPooler(client: pg.Client): Promise<void> {
  const { processID, secretKey, ssl, host, port } = client as unknown as Parts;
  const connection = new Connection({ ssl });
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      connection.stream.destroy();
      resolve();
    };
    const timer = setTimeout(done, CANCEL_MS);
    const send = () => connection.cancel(processID, secretKey);
    connection.once("connect", () => (ssl ? connection.requestSsl() : send()));
    connection.once("sslconnect", send);
    connection.once("error", done);
    connection.once("end", done);
    if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
