import { median } from "../support/measure.js";
import type { Figure } from "./figures.js";

export type Name = "base" | "here";
/** Worse by more than this is named. */
const TOLERANCE = 1.1;
/** Of the rounds that must agree that it is worse at all: on a busy machine single ones say anything. */
const AGREEING = 0.75;
const FACTORS = { s: 1, ms: 1e3, µs: 1e6, MB: 1 } as const;

interface Row {
  figure: Figure;
  /** CPU seconds, or megabytes, by round. */
  base: Map<number, number>;
  here: Map<number, number>;
  failed: Map<Name, string>;
}

/** What was measured, by figure and side. */
export class Table {
  readonly #rows = new Map<string, Row>();

  add(figure: Figure, name: Name, round: number, used: number): void {
    this.#row(figure)[name].set(round, used);
  }

  fail(figure: Figure, name: Name, error: unknown): void {
    this.#row(figure).failed.set(name, (error as Error).message.split("\n")[0]!.slice(0, 200));
  }

  /** @returns whether something became worse, or fails here only */
  print(): boolean {
    const rows = [...this.#rows.values()];
    const compared = rows.map((row) => ({ row, ratios: ratiosOf(row) }));
    console.log(
      "\n| CPU or memory of asof and PostgreSQL | base | here | here / base | of the rounds |\n|---|---|---|---|---|",
    );
    for (const { row, ratios } of compared) {
      const range = ratios.length > 0 ? `${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}` : "";
      const ratio = ratios.length > 0 ? median(ratios).toFixed(2) : "";
      console.log(
        `| ${row.figure.name} | ${shown(row, "base")} | ${shown(row, "here")} | ${ratio} | ${range} |`,
      );
    }
    const above = compared.filter(({ ratios }) => ratios.length > 0 && median(ratios) > TOLERANCE);
    const named = ({ row, ratios }: (typeof above)[number]) =>
      `${row.figure.name}: ${median(ratios).toFixed(2)} times`;
    const worse = above.filter(({ ratios }) => agree(ratios)).map(named);
    const unclear = above.filter(({ ratios }) => !agree(ratios)).map(named);
    for (const { figure, failed } of rows) {
      for (const [name, message] of failed) console.log(`\n${figure.name} failed for ${name}: ${message}`);
      if (failed.has("here") && !failed.has("base")) worse.push(`${figure.name}: fails`);
    }
    if (unclear.length > 0)
      console.log(`\nUNCLEAR, as the rounds disagree; measure longer\n${unclear.join("\n")}`);
    console.log(
      worse.length > 0 ? `\nWORSE\n${worse.join("\n")}` : "\nNothing became worse by more than a tenth.",
    );
    return worse.length > 0;
  }

  #row(figure: Figure): Row {
    const row = this.#rows.get(figure.name) ?? {
      figure,
      base: new Map(),
      here: new Map(),
      failed: new Map(),
    };
    this.#rows.set(figure.name, row);
    return row;
  }
}

function shown({ figure: { unit }, ...sides }: Row, name: Name): string {
  const values = [...sides[name].values()].map((used) => used * FACTORS[unit]);
  if (values.length === 0) return "failed";
  const value = median(values);
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

/** Ascending. Both of a round were measured beside the same other work of the machine. */
function ratiosOf({ base, here }: Row): number[] {
  return [...base]
    .flatMap(([round, seconds]) => (here.has(round) && seconds > 0 ? [here.get(round)! / seconds] : []))
    .sort((a, b) => a - b);
}

const agree = (ratios: readonly number[]): boolean =>
  ratios.filter((ratio) => ratio > 1).length >= AGREEING * ratios.length;
