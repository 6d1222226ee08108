import { onlineStoreOf } from "../../features/online/registry.js";
import { type Check, failed, ok } from "./check.js";

export async function checkOnlineStore(url: string | null): Promise<Check> {
  let store: ReturnType<typeof onlineStoreOf>;
  try {
    store = onlineStoreOf(url);
  } catch (error) {
    return failed("online store", (error as Error).message, "correct it in the environment or in .env");
  }
  const name = url === null ? "online store" : store.name;
  try {
    return ok(name, await store.check(url ?? ""));
  } catch (error) {
    return failed(name, (error as Error).message, store.remedy);
  }
}
