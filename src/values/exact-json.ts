import { numberProblem } from "./exact-number.js";

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SHOWN = 60;
/** What is written back, or walked through, is so by recursion: a few thousand would overflow the stack. */
const MOST_DEPTH = 1_000;

/**
 * What `JSON.parse` would silently change: numbers that a double does not give back, and all but the last of several
 * values of one name. What is written there must come back, or be refused; so is what is nested too deep for that.
 * @param text JSON, as far as it was parsed before
 * @returns the first such thing, in words; null where there is none
 */
export function jsonProblem(text: string): string | null {
  /** Of each object that is open its names so far; null of a list. */
  const open: (Names | null)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; ) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (isName) {
          const again = open.at(-1)?.add(text.slice(at, end));
          if (again) return `the name ${again.slice(0, SHOWN)} is there twice in one object`;
        }
        isName = false;
        at = end;
        break;
      }
      case BRACE:
        open.push(new Names());
        isName = true;
        at++;
        if (open.length > MOST_DEPTH) return TOO_DEEP;
        break;
      case BRACKET:
        open.push(null);
        at++;
        if (open.length > MOST_DEPTH) return TOO_DEEP;
        break;
      case CLOSED_BRACE:
      case CLOSED_BRACKET:
        open.pop();
        isName = false;
        at++;
        break;
      case COMMA:
        isName = open.at(-1) instanceof Names;
        at++;
        break;
      default: {
        NUMBER.lastIndex = at;
        const [literal] = NUMBER.exec(text) ?? [];
        if (literal === undefined) {
          at++;
          break;
        }
        const problem = numberProblem(literal);
        if (problem) return notGivenBack(literal, problem);
        at += literal.length;
      }
    }
  }
  return null;
}

const TOO_DEEP = `it is nested deeper than ${MOST_DEPTH} levels`;

/** @param problem of `numberProblem` */
export const notGivenBack = (literal: string, problem: string): string =>
  `the number ${literal.slice(0, SHOWN)} ${problem} and could not be given back; send it as text`;

const [QUOTE, COMMA, BRACE, CLOSED_BRACE, BRACKET, CLOSED_BRACKET] = [34, 44, 123, 125, 91, 93];

/** Names of one object, as they are written unless they are escaped. Most objects have few. */
class Names {
  #first: string | null = null;
  #all: Set<string> | null = null;

  /** @returns the name where it was there before */
  add(literal: string): string | null {
    const name = literal.includes("\\") ? JSON.stringify(JSON.parse(literal)) : literal;
    if (this.#first === null) {
      this.#first = name;
      return null;
    }
    this.#all ??= new Set([this.#first]);
    if (this.#all.has(name)) return name;
    this.#all.add(name);
    return null;
  }
}

/** Behind the quote that ends the string which begins at `start`. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}
