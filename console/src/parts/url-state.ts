import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/**
 * One filter, kept in the address, so that the page can be sent to a colleague. The empty string is the absent one.
 * A change replaces the entry in the history: "back" leaves the page. A list begins anew with it: its cursor, `after`, goes.
 */
export function useUrlState(name: string): [value: string, change: (value: string | null) => void] {
  const [values, change] = useUrlList(name);
  const changeOne = useCallback((value: string | null) => change(value ? [value] : []), [change]);
  return [values[0] ?? "", changeOne];
}

/** A filter with any number of values: `?tag=team%3Dred&tag=era`. */
export function useUrlList(name: string): [values: string[], change: (values: readonly string[]) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (values: readonly string[]) =>
      setParams(
        (now) => {
          const next = new URLSearchParams(now);
          next.delete(name);
          next.delete("after");
          for (const value of values) next.append(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  const values = useMemo(() => params.getAll(name), [params, name]);
  return [values, change];
}
