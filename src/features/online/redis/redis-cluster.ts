import { createCluster } from "@redis/client";
import { connection, NO_TIMER, placeOfHost, type RedisServers, untilConnected } from "./redis-servers.js";
import { SLOTS, slotOf } from "./redis-slots.js";
import type { RedisTarget } from "./redis-url.js";

/** How soon after a lost connection the client asks for the servers again: a replica may have taken over. */
const LOOK_AGAIN_MS = 200;
const BEGIN_AGAIN_MS = 1_000;

/** The primaries of a Cluster, found by any of its nodes. Replicas are not read: one may be a month behind. */
export function redisCluster(target: RedisTarget): RedisServers {
  const closing = new AbortController();
  let cluster = clusterOf(target);
  let begunAt = 0;
  let isConnecting = false;
  const connect = async () => {
    begunAt = performance.now();
    isConnecting = true;
    // Without a listener a lost connection would end the process; the store's state shows it.
    cluster.on("error", () => {});
    await untilConnected(() => cluster.connect(), closing.signal);
    isConnecting = false;
  };
  /** The client asks the nodes that it knows for the others: one that was told of none would never find one again. */
  const known = () => {
    const isLost = cluster.masters.length === 0 && !isConnecting && !closing.signal.aborted;
    if (isLost && performance.now() - begunAt > BEGIN_AGAIN_MS) {
      destroy(cluster);
      cluster = clusterOf(target);
      void connect();
    }
    return cluster;
  };
  const masterOf = (key: string) => known().slots[slotOf(key)]?.master;
  return {
    connected: connect(),
    placeOf: (key) => {
      const master = masterOf(key);
      return master ? placeOfHost(master) : null;
    },
    send: (key, command) => cluster.sendCommand(key, false, command),
    primaries: () =>
      known().masters.flatMap((master) => {
        const tag = wordOn((word) => masterOf(word) === master);
        if (tag === null) return []; // it keeps no slot
        const of = cluster;
        return [
          {
            place: placeOfHost(master),
            tag,
            send: async (command) => (await of.nodeClient(master)).sendCommand(command),
          },
        ];
      }),
    close: () => {
      closing.abort();
      destroy(cluster);
    },
  };
}

function clusterOf(target: RedisTarget) {
  const defaults = connection(target);
  return createCluster({
    rootNodes: target.hosts.map((host) => ({ ...defaults, socket: { ...defaults.socket, ...host } })),
    defaults,
    maxCommandRedirections: 3,
    topologyRefreshOnReconnectionAttemptStrategy: LOOK_AGAIN_MS,
    commandOptions: NO_TIMER,
  });
}

function destroy(cluster: { destroy(): void }): void {
  try {
    cluster.destroy();
  } catch {
    // It was never open.
  }
}

/** The first number, as a word, whose slot is one of those. */
function wordOn(isThere: (word: string) => boolean): string | null {
  for (let n = 0; n < SLOTS * 4; n++) if (isThere(String(n))) return String(n);
  return null;
}
