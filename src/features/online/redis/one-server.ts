import { createClient } from "@redis/client";
import { redisCluster } from "./redis-cluster.js";
import { connection, NO_TIMER, placeOfHost, type RedisServers } from "./redis-servers.js";
import type { RedisTarget } from "./redis-url.js";

/** One server. It may turn out to be a node of a Cluster: from then on the whole Cluster is used. */
export function oneServer(target: RedisTarget): RedisServers {
  const [host] = target.hosts;
  const options = connection(target);
  const client = createClient({
    ...options,
    socket: { ...options.socket, ...host! },
    database: target.database,
    commandOptions: NO_TIMER,
  });
  const place = placeOfHost(host!);
  let cluster: RedisServers | undefined;
  let closed = false;
  let connect: () => void;
  const connected = new Promise<void>((resolve) => {
    connect = resolve;
  });
  const close = () => {
    closed = true;
    if (client.isOpen) client.destroy();
    cluster?.close();
  };
  // Without a listener a lost connection would end the process; the store's state shows it.
  client.on("error", () => {});
  client.on("ready", () => {
    void isClusterNode(client).then((isNode) => {
      if (closed) return;
      if (!isNode) return connect();
      cluster = redisCluster({ ...target, kind: "cluster" });
      client.destroy();
      void cluster.connected.then(connect);
    });
  });
  client.connect().catch(() => {});
  return {
    connected,
    placeOf: (key) => (cluster ? cluster.placeOf(key) : client.isReady ? place : null),
    send: (key, command) => (cluster ? cluster.send(key, command) : client.sendCommand(command)),
    primaries: () =>
      cluster?.primaries() ??
      (client.isReady ? [{ place, tag: "", send: (command) => client.sendCommand(command) }] : []),
    close,
  };
}

/** A server that does not let itself be asked is taken for what the URL says. */
const isClusterNode = (client: { sendCommand(command: string[]): Promise<unknown> }) =>
  client.sendCommand(["INFO", "cluster"]).then(
    (text) => /^cluster_enabled:1/m.test(String(text)),
    () => false,
  );
