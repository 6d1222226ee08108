import { userId } from "./delivery.js";

export interface AskedRow {
  key: string;
  asOf: string;
}

/** Random rows, the same ones each time: of any user, within four weeks from any of the dates. */
export function randomRows(users: number, dates: readonly string[]): () => AskedRow {
  let state = 1;
  const below = (end: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
  return () => {
    const key = userId(below(users));
    const after = Date.parse(dates[below(dates.length)]!) + below(28) * 86_400_000;
    return { key, asOf: new Date(after).toISOString().slice(0, 10) };
  };
}
