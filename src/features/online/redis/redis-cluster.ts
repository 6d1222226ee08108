import { createCluster } from "@redis/client";
import {
  CONNECT_MS,
  connection,
  NO_TIMER,
  placeOfHost,
  type RedisServers,
  untilConnected,
} from "./redis-servers.js";
import { SLOTS, slotOf } from "./redis-slots.js";
import type { RedisTarget } from "./redis-url.js";

/** How soon after a lost connection the client asks for the servers again: a replica may have taken over. */
const LOOK_AGAIN_MS = 200;
/** How long an incomplete one is left before another is begun beside it, at first and at last: slots may lack a primary for long. */
const BEGIN_AGAIN_MS = { first: 1_000, last: 30_000 };
/** What another is given to find the nodes and to connect to them. */
const ATTEMPT_MS = 2 * CONNECT_MS;

/** The primaries of a Cluster, found by any of its nodes. Replicas are not read: one may be a month behind. */
export function redisCluster(target: RedisTarget): RedisServers {
  let current = begin(target);
  let beside: Attempt | undefined;
  let [lookedAt, pause] = [performance.now(), BEGIN_AGAIN_MS.first];
  /**
   * The client asks the nodes that it knows for the others: one that was told of none, or of itself alone by a node
   * that had just started, would never find the rest. Another is begun beside it, and takes over if it finds more.
   */
  const known = () => {
    const now = performance.now();
    if (now - lookedAt < (beside ? BEGIN_AGAIN_MS.first : pause)) return current.client;
    lookedAt = now;
    const missing = SLOTS - slotsOf(current);
    if (missing === 0) {
      beside?.end();
      [beside, pause] = [undefined, BEGIN_AGAIN_MS.first];
    } else if (!beside) beside = begin(target);
    else if (SLOTS - slotsOf(beside) < missing) {
      current.end();
      [current, beside, pause] = [beside, undefined, BEGIN_AGAIN_MS.first];
    } else if (beside.isSettled() || now - beside.begunAt > ATTEMPT_MS) {
      beside.end();
      [beside, pause] = [undefined, Math.min(2 * pause, BEGIN_AGAIN_MS.last)];
    }
    return current.client;
  };
  const masterOf = (key: string) => known().slots[slotOf(key)]?.master;
  return {
    connected: current.connected,
    placeOf: (key) => {
      const master = masterOf(key);
      return master ? placeOfHost(master) : null;
    },
    send: (key, command) => current.client.sendCommand(key, false, command),
    primaries: () =>
      known().masters.flatMap((master) => {
        const tag = wordOn((word) => masterOf(word) === master);
        if (tag === null) return []; // it keeps no slot
        const { client } = current;
        return [
          {
            place: placeOfHost(master),
            tag,
            send: async (command) => (await client.nodeClient(master)).sendCommand(command),
          },
        ];
      }),
    close: () => {
      current.end();
      beside?.end();
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

interface Attempt {
  readonly client: ReturnType<typeof clusterOf>;
  readonly begunAt: number;
  readonly connected: Promise<void>;
  /** Whether it is connected, or was ended. */
  isSettled(): boolean;
  end(): void;
}

function begin(target: RedisTarget): Attempt {
  const ended = new AbortController();
  const client = clusterOf(target);
  // Without a listener a lost connection would end the process; the store's state shows it.
  client.on("error", () => {});
  let settled = false;
  const connected = untilConnected(() => client.connect(), ended.signal).then(() => {
    settled = true;
    // What was ended while it looked for the nodes has connected to them since.
    if (ended.signal.aborted) destroy(client);
  });
  return {
    client,
    begunAt: performance.now(),
    connected,
    isSettled: () => settled,
    end: () => {
      ended.abort();
      destroy(client);
    },
  };
}

function destroy(client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch {
    // It was never open.
  }
}

/** How many it knows the primary of. */
const slotsOf = ({ client }: Attempt): number => client.slots.reduce((sum) => sum + 1, 0);

/** The first number, as a word, whose slot is one of those. */
function wordOn(isThere: (word: string) => boolean): string | null {
  for (let n = 0; n < SLOTS * 4; n++) if (isThere(String(n))) return String(n);
  return null;
}
