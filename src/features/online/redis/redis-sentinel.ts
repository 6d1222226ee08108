import { createSentinel } from "@redis/client";
import { connection, NO_TIMER, placeOfHost, type RedisServers, untilConnected } from "./redis-servers.js";
import type { RedisTarget } from "./redis-url.js";

const SCAN_MS = 1_000;

/** The primary that Sentinels name, now and after each failover. */
export function redisSentinel(target: RedisTarget): RedisServers {
  const { username, password, ...unauthenticated } = connection(target);
  const sentinel = createSentinel({
    name: target.service,
    sentinelRootNodes: [...target.hosts],
    // User and password are the servers'; Sentinels are asked without.
    sentinelClientOptions: unauthenticated,
    nodeClientOptions: { ...connection(target), database: target.database },
    commandOptions: NO_TIMER,
    // One connection for everything: what is asked to be replicated is what was written on it.
    masterPoolSize: 1,
    reserveClient: true,
    scanInterval: SCAN_MS,
  });
  sentinel.on("error", () => {});
  sentinel.on("client-error", () => {});
  const closing = new AbortController();
  const place = () => {
    const node = sentinel.isReady ? sentinel.getMasterNode() : undefined;
    return node ? placeOfHost(node) : null;
  };
  return {
    connected: untilConnected(() => sentinel.connect(), closing.signal),
    placeOf: place,
    send: (_key, command) => sentinel.sendCommand(false, command),
    primaries: () => {
      const at = place();
      if (at === null) return [];
      return [{ place: at, tag: "", send: (command) => sentinel.sendCommand(false, command) }];
    },
    close: () => {
      closing.abort();
      sentinel.destroy().catch(() => {});
    },
  };
}
