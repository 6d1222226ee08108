import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import type { SpawnProgram } from "./process.js";

const run = promisify(execFile);

/** Whose mail nobody takes: frames to it are lost without a word, as on a line that is broken. */
const NOBODY = "02:00:00:00:00:00";
const TRIAL =
  "ip link add br0 type bridge && ip link add name one type veth peer name other && mount -t tmpfs none /mnt";
/** All namespaces of a host; `--kill-child` and the pid namespace end whatever runs in it when its first process ends. */
const NAMESPACES = ["--net", "--pid", "--ipc", "--mount", "--fork", "--kill-child", "--mount-proc"];

/** Why this machine can have no hosts of its own; null: it can. Linux, root and iproute2 are needed. */
export function whyNoHosts(): string | null {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "only root may make network namespaces";
  const { status } = spawnSync("unshare", [...NAMESPACES, "sh", "-c", TRIAL]);
  return status === 0 ? null : "no network namespaces, or no iproute2";
}

/** A machine of its own as far as programs can tell, but for the disk: network, processes and shared memory. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** As `spawn` of node:child_process; signals go to the program itself. */
  readonly spawn: SpawnProgram;
  /** Pulls its cable: frames to it and from it are lost, no connection is told. */
  cutOff(): Promise<void>;
  plugIn(): Promise<void>;
}

/** Hosts at one switch, to which this machine is connected, too. */
export interface Network {
  /** Addresses of the network, as `a.b.c.0/24`. */
  readonly range: string;
  host(name: string): Promise<Host>;
  /** From now on no frame passes between the hosts of one side and those of the other. */
  part(some: readonly Host[], others: readonly Host[]): Promise<void>;
  join(some: readonly Host[], others: readonly Host[]): Promise<void>;
  /** Ends all programs of all hosts. If this process is killed, they end, too, and nothing of the network is left. */
  close(): Promise<void>;
}

interface Holder {
  /** Of `unshare`, whose namespaces are those of the host. */
  pid: number;
  end(): Promise<void>;
}

export async function makeNetwork(): Promise<Network> {
  const prefix = freePrefix();
  const cable = `asof${process.pid.toString(36)}`;
  const holders: Holder[] = [];
  const hold = async () => {
    const holder = await startHolder();
    holders.push(holder);
    return holder;
  };
  const close = async () => {
    await Promise.all(holders.map(({ end }) => end()));
  };
  const aSwitch = await hold();
  try {
    await ip(aSwitch, "link", "add", "br0", "type", "bridge");
    await ip(aSwitch, "link", "set", "br0", "up");
    await connect(aSwitch, ["name", cable], "uplink");
    await run("ip", ["addr", "add", `${prefix}.254/24`, "dev", cable]);
    await run("ip", ["link", "set", cable, "up"]);
  } catch (error) {
    await close();
    throw error;
  }
  const holderOf = new Map<Host, Holder>();
  const eachPair = async (some: readonly Host[], others: readonly Host[], command: "replace" | "del") => {
    const lladdr = command === "replace" ? ["lladdr", NOBODY, "nud", "permanent"] : [];
    const neighbour = (of: Host, { address }: Host) =>
      ip(holderOf.get(of)!, "neigh", command, address, "dev", "eth0", ...lladdr);
    for (const a of some) for (const b of others) await Promise.all([neighbour(a, b), neighbour(b, a)]);
  };
  return {
    range: `${prefix}.0/24`,
    host: async (name) => {
      const holder = await hold();
      const address = `${prefix}.${holders.length}`;
      await connect(aSwitch, ["name", "eth0", "netns", String(holder.pid)], name);
      await ip(holder, "addr", "add", `${address}/24`, "dev", "eth0");
      for (const device of ["lo", "eth0"]) await ip(holder, "link", "set", device, "up");
      const host: Host = {
        name,
        address,
        spawn: spawnIn(holder),
        cutOff: () => ip(aSwitch, "link", "set", name, "nomaster"),
        plugIn: () => ip(aSwitch, "link", "set", name, "master", "br0"),
      };
      holderOf.set(host, holder);
      return host;
    },
    part: (some, others) => eachPair(some, others, "replace"),
    join: (some, others) => eachPair(some, others, "del"),
    close,
  };
}

/** Of those for trials between machines (RFC 2544), one that this machine does not have. */
function freePrefix(): string {
  const used = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  for (let n = process.pid % 256; ; n = (n + 1) % 256)
    if (!used.some((address) => address.startsWith(`198.18.${n}.`))) return `198.18.${n}`;
}

/** Its first process ends when its input does: with whoever started it, however that ends. */
async function startHolder(): Promise<Holder> {
  const child = spawn("unshare", [...NAMESPACES, "sh", "-c", "echo ready; read _"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return {
    pid: child.pid!,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin!.end();
      await once(child, "exit");
    },
  };
}

/** A cable from a port of the switch to what `end` says. */
async function connect(aSwitch: Holder, end: string[], port: string): Promise<void> {
  const peer = ["peer", "name", port, "netns", String(aSwitch.pid)];
  await run("ip", ["link", "add", ...end, "type", "veth", ...peer]);
  await ip(aSwitch, "link", "set", port, "master", "br0");
  await ip(aSwitch, "link", "set", port, "up");
}

async function ip({ pid }: Holder, ...args: string[]): Promise<void> {
  await run("nsenter", [`--net=/proc/${pid}/ns/net`, "ip", ...args]);
}

function spawnIn({ pid }: Holder): SpawnProgram {
  const ns = `/proc/${pid}/ns`;
  const enter = [`--net=${ns}/net`, `--pid=${ns}/pid_for_children`, `--ipc=${ns}/ipc`, `--mount=${ns}/mnt`];
  return (command, args, { uid, gid, ...options }: SpawnOptions) => {
    // Who enters is root, at the root of all folders: what it becomes, it becomes inside.
    const as = uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
    const here = ["sh", "-c", 'cd "$0" && exec "$@"', process.cwd()];
    const child = spawn("nsenter", [...enter, ...here, ...as, command, ...args], options);
    child.kill = (signal) => {
      const inside = childrenOf(child);
      for (const one of inside) process.kill(one, signal);
      return inside.length > 0;
    };
    return child;
  };
}

function childrenOf({ pid }: ChildProcess): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
