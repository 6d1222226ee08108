/** What a URL of Redis says. */
export interface RedisTarget {
  readonly kind: "server" | "cluster" | "sentinel";
  readonly hosts: readonly RedisHost[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** By what name the Sentinels know the primary; empty without Sentinels. */
  readonly service: string;
}

export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

const FORM = /^(rediss?)(\+sentinel)?:\/\/(?:([^/]*)@)?([^/@]+)(\/[^?#]*)?$/i;
const PORT = 6379;
const SENTINEL_PORT = 26379;

/**
 * `redis[s]://[user:password@]host[:port][,host[:port]…][/database]`: several hosts are nodes of one Cluster.
 * `redis[s]+sentinel://[user:password@]host[:port][,…]/service[/database]`: the hosts are Sentinels.
 * @throws {Error} what cannot be read, without a word of the password
 */
export function redisTarget(url: string): RedisTarget {
  const [, scheme, sentinel, login = "", places, path = ""] = FORM.exec(url) ?? [];
  if (!scheme || !places) throw new Error("is no URL of Redis; write redis://host:port");
  const hosts = places.split(",").map((place) => hostOf(place, sentinel ? SENTINEL_PORT : PORT));
  const parts = path.split("/").slice(1).filter(Boolean).map(decoded);
  const service = sentinel ? (parts.shift() ?? "") : "";
  if (sentinel && service === "")
    throw new Error("names no service; write what the Sentinels call it: redis+sentinel://host:port/service");
  const kind = sentinel ? "sentinel" : hosts.length > 1 ? "cluster" : "server";
  const database = databaseOf(parts);
  if (kind === "cluster" && database !== 0)
    throw new Error(`has several hosts, a Cluster's, and the database ${database}; a Cluster has 0 alone`);
  const colon = login.indexOf(":");
  const [username, password] = colon < 0 ? [login, ""] : [login.slice(0, colon), login.slice(colon + 1)];
  return {
    kind,
    hosts,
    tls: scheme.toLowerCase() === "rediss",
    username: decoded(username) || undefined,
    password: decoded(password) || undefined,
    database,
    service,
  };
}

function hostOf(place: string, port: number): RedisHost {
  const [, host, said] = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(place) ?? [];
  if (!host || Number(said ?? port) > 65_535 || Number(said ?? port) === 0)
    throw new Error("has a host that cannot be read; write host:port, several with a comma between");
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(said ?? port) };
}

function databaseOf(parts: readonly string[]): number {
  const [text = "0", ...more] = parts;
  if (more.length > 0 || !/^\d{1,5}$/.test(text)) throw new Error("has a path that is no database number");
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("cannot be read; %-encode special characters in user and password (% itself is %25)");
  }
}
