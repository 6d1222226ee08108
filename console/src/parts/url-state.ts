import { useCallback } from "react";
import { useSearchParams } from "react-router";

/**
 * One filter, kept in the address, so that the page can be sent to a colleague. The empty string is the absent one.
 * A change replaces the entry in the history: "back" leaves the page.
 */
export function useUrlState(name: string): [value: string, change: (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (value: string | null) =>
      setParams(
        (now) => {
          const next = new URLSearchParams(now);
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name) ?? "", change];
}
