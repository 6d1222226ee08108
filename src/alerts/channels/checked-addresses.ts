import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { NotTakenError } from "./not-taken.js";

/** Of IPv6 all that was given out for the public internet; what lies beside it may hold an address of IPv4. */
const PUBLIC_IPV6 = ["2000::/3"];
/** Of the rest everything that is not public, as IANA's registries of special-purpose addresses have it. */
const NOT_PUBLIC = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"],
  ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  // Teredo and 6to4 hold an address of IPv4: it may be any.
  ...["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
];

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split("/") as [string, string | undefined];
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

const publicIpv6 = listOf(PUBLIC_IPV6);
const notPublic = listOf(NOT_PUBLIC);
const isPublic = (address: string): boolean => {
  const family = familyOf(address);
  return (family === "ipv4" || publicIpv6.check(address, family)) && !notPublic.check(address, family);
};

/** Whether an entry is an address, or a range of addresses such as `10.0.0.0/8`. */
export function isAddressOrRange(entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Hosts and addresses that alerts may be sent to though they are not public. */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #addresses: BlockList;

  /** @param entries names of hosts, addresses, and ranges of them */
  constructor(entries: readonly string[] = []) {
    this.#names = new Set(
      entries.filter((entry) => !isAddressOrRange(entry)).map((name) => name.toLowerCase()),
    );
    this.#addresses = listOf(entries.filter(isAddressOrRange));
  }

  allows(host: string, address: string): boolean {
    if (this.#names.has(host.toLowerCase())) return true;
    return this.#addresses.check(address, familyOf(address)) || isPublic(address);
  }
}

/**
 * The addresses of a host, each of which may be connected to. Whoever connects takes these, and asks for no others: a name
 * may mean something else the next moment.
 * @throws {NotTakenError} there is none, or one of them is not public and not allowed
 */
export async function checkedAddresses(
  host: string,
  allowed: AllowedHosts,
  signal: AbortSignal,
  resolve: (name: string) => Promise<LookupAddress[]> = (name) => lookup(name, { all: true }),
): Promise<LookupAddress[]> {
  const name = host.replace(/^\[|\]$/g, "");
  const addresses = isIP(name) ? [{ address: name, family: isIP(name) }] : await found(name, signal, resolve);
  const refused = addresses.find(({ address }) => !allowed.allows(name, address));
  if (refused)
    throw new NotTakenError(
      `${name} is ${refused.address}, which is no public address; name the host or the address in ALERT_ALLOW_HOSTS`,
    );
  return addresses;
}

async function found(
  name: string,
  signal: AbortSignal,
  resolve: (name: string) => Promise<LookupAddress[]>,
): Promise<LookupAddress[]> {
  const given = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  // A lookup cannot be ended; nobody waits for it any more.
  const addresses = await Promise.race([resolve(name), given]).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    throw new NotTakenError(`the host ${name} is not found: ${error.code ?? error.message}`);
  });
  if (addresses.length === 0) throw new NotTakenError(`the host ${name} has no address`);
  return addresses;
}
