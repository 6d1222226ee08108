import { median } from "../support/measure.js";
import type { Figure } from "./figures.js";

export type Name = "base" | "here";
/** Worse by more than this is named. */
const TOLERANCE = 1.1;
const FACTORS = { s: 1, ms: 1e3, µs: 1e6 } as const;

interface Row {
  figure: Figure;
  /** CPU seconds by round. */
  base: Map<number, number>;
  here: Map<number, number>;
  failed: Map<Name, string>;
}

/** What was measured, by figure and side. */
export class Table {
  readonly #rows = new Map<string, Row>();

  add(figure: Figure, name: Name, round: number, seconds: number): void {
    this.#row(figure)[name].set(round, seconds);
  }

  fail(figure: Figure, name: Name, error: unknown): void {
    this.#row(figure).failed.set(name, (error as Error).message.split("\n")[0]!.slice(0, 200));
  }

  /** @returns whether something became worse, or fails here only */
  print(): boolean {
    console.log(
      "\n| CPU of asof and PostgreSQL | base | here | here / base | rounds |\n|---|---|---|---|---|",
    );
    const worse: string[] = [];
    for (const row of this.#rows.values()) {
      const { name, unit } = row.figure;
      const show = (side: Name) => {
        const values = [...row[side].values()].map((seconds) => seconds * FACTORS[unit]);
        return values.length > 0 ? `${median(values).toPrecision(3)} ${unit}` : "failed";
      };
      const ratio = ratioOf(row);
      console.log(
        `| ${name} | ${show("base")} | ${show("here")} | ${ratio ? ratio.value.toFixed(2) : ""} | ${ratio?.rounds ?? 0} |`,
      );
      if (ratio && ratio.value > TOLERANCE) worse.push(`${name}: ${ratio.value.toFixed(2)} times`);
      if (row.failed.has("here") && !row.failed.has("base")) worse.push(`${name}: fails`);
    }
    for (const { figure, failed } of this.#rows.values()) {
      for (const [name, message] of failed) console.log(`\n${figure.name} failed for ${name}: ${message}`);
    }
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

/** The median of the rounds' ratios: both of a round were measured beside the same other work of the machine. */
function ratioOf({ base, here }: Row): { value: number; rounds: number } | null {
  const ratios = [...base].flatMap(([round, seconds]) =>
    here.has(round) && seconds > 0 ? [here.get(round)! / seconds] : [],
  );
  return ratios.length > 0 ? { value: median(ratios), rounds: ratios.length } : null;
}
