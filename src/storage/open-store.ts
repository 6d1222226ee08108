import type { ByteStore, StoreKind } from "./byte-store.js";
import { folderStore } from "./folder-store.js";
import { s3Store } from "./s3-store.js";

const kinds: readonly StoreKind[] = [folderStore, s3Store];

const kindOf = (url: string): StoreKind | undefined =>
  kinds.find(({ schemes }) =>
    schemes.includes(/^([a-z][a-z0-9]*):\/\//i.exec(url)?.[1]?.toLowerCase() ?? ""),
  );

/** What is wrong with the URL of a store; null: nothing. */
export function storeUrlProblem(url: string): string | null {
  const kind = kindOf(url);
  return kind ? kind.problem(url) : "must be a folder, as file:///srv/asof, or s3://bucket/prefix";
}

/**
 * @param url checked by `storeUrlProblem`
 * @param remedy what to do about a file that is not as it was written
 */
export const openStore = (url: string, remedy: string): ByteStore => kindOf(url)!.open(url, remedy);
