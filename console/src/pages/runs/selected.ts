import { useSyncExternalStore } from "react";

const KEY = "asof:selected-runs";

/** The selection outlives pages, filters and a reload: it is kept by the tab. */
let selected: ReadonlySet<string> = new Set(kept());
const listeners = new Set<() => void>();

function kept(): string[] {
  const text = typeof sessionStorage === "undefined" ? null : sessionStorage.getItem(KEY);
  return text ? text.split(",") : [];
}

export function select(ids: ReadonlySet<string>): void {
  selected = ids;
  if (ids.size === 0) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, [...ids].join(","));
  for (const listener of listeners) listener();
}

export const useSelected = (): ReadonlySet<string> =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => selected,
  );
