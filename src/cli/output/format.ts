import type { Given } from "../command.js";

/** How values are written for people. */
export interface Format {
  /** An instant, with its zone. */
  time(instant: unknown): string;
}

export const outputFormat = (given: Given): Format => ({ time: given.flag("local") ? local : utc });

/** `2024-01-31T12:00:00Z` */
const utc = (instant: unknown): string => `${new Date(String(instant)).toISOString().slice(0, 19)}Z`;

/** `2024-01-31T13:00:00+01:00` */
function local(instant: unknown): string {
  const date = new Date(String(instant));
  const minutes = -date.getTimezoneOffset();
  const here = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  const part = (value: number) => String(Math.trunc(value)).padStart(2, "0");
  return `${here}${minutes < 0 ? "-" : "+"}${part(Math.abs(minutes) / 60)}:${part(Math.abs(minutes) % 60)}`;
}

/** Of how a cell shows what the server answered; null is shown as nothing. */
export type CellFormatter = (value: unknown, format: Format) => string;

export const plain: CellFormatter = (value) =>
  typeof value === "object" ? JSON.stringify(value) : String(value);
/** Of JSON; what holds nothing is shown as nothing. */
export const jsonCell: CellFormatter = (value, format) => (isEmpty(value) ? "" : plain(value, format));
export const time: CellFormatter = (value, format) => format.time(value);
/** Of milliseconds. */
export const seconds: CellFormatter = (value) => `${(Number(value) / 1000).toFixed(2)} s`;
export const bytes: CellFormatter = (value) => `${Number(value).toLocaleString("en-US")} B`;
export const rounded: CellFormatter = (value) => String(Number(Number(value).toPrecision(6)));
export const percent: CellFormatter = (value) => `${(Number(value) * 100).toFixed(1)} %`;
export const names: CellFormatter = (value) =>
  Array.isArray(value) ? value.join(", ") : plain(value, noFormat);
export const howMany: CellFormatter = (value) =>
  Array.isArray(value) ? String(value.length) : String(value);

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

const noFormat: Format = { time: String };
