import { BadUserInputError } from "../../errors/errors.js";
import { CLASSES } from "../../values/task.js";

/** What a label column may hold. */
export type RawLabel = boolean | number | string;

/** Names for the code of a label, as they come: numbers by their size, texts in code-unit order. */
export class ClassCodes {
  readonly #codes = new Map<string, number>();
  #areNumbers = true;

  /** @throws {BadUserInputError} more classes than a model tells apart */
  codeOf(label: RawLabel): number {
    const name = String(label);
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    if (typeof label !== "number") this.#areNumbers = false;
    const code = this.#codes.size;
    if (code === CLASSES.max)
      throw new BadUserInputError(
        // No value of them: what has so many may tell of a person.
        `the label has more than ${CLASSES.max} classes; join rare ones to one, or learn a number with regression`,
      );
    this.#codes.set(name, code);
    return code;
  }

  /** In order, with what each code so far becomes. */
  sorted(): { classes: string[]; placeOf: Uint8Array } {
    const names = [...this.#codes.keys()];
    const classes = [...names].sort((a, b) => (this.#areNumbers ? Number(a) - Number(b) : a < b ? -1 : 1));
    return { classes, placeOf: Uint8Array.from(names, (name) => classes.indexOf(name)) };
  }
}

/** Labels and the classes that they are places in; null of labels that name no classes. */
export interface NamedLabels {
  labels: Uint8Array;
  classes: string[];
}

/** Of labels and of classes that some models know: the union of all, in order. */
export function namedLabels(
  raw: readonly RawLabel[],
  known: readonly (readonly string[] | null | undefined)[] = [],
): NamedLabels {
  const codes = new ClassCodes();
  const own = raw.map((label) => codes.codeOf(label));
  const areNumbers = raw.length > 0 && raw.every((label) => typeof label === "number");
  for (const name of known.flatMap((classes) => classes ?? []))
    codes.codeOf(areNumbers ? Number(name) : name);
  const { classes, placeOf } = codes.sorted();
  return { labels: Uint8Array.from(own, (code) => placeOf[code]!), classes };
}

/** Answers of a model that knows some of the classes, as such of all of them: 0 for the others. */
export function widened(
  answers: Float64Array,
  own: readonly string[],
  classes: readonly string[],
): Float64Array {
  if (own.length === classes.length) return answers;
  const rows = answers.length / own.length;
  const places = own.map((name) => classes.indexOf(name));
  const wide = new Float64Array(rows * classes.length);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < own.length; k++)
      wide[row * classes.length + places[k]!] = answers[row * own.length + k]!;
  return wide;
}

/** The place of the greatest of a row's answers; of equal ones the first. */
export function likeliest(answers: ArrayLike<number>, at: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (answers[at + k]! > answers[at + best]!) best = k;
  return best;
}
