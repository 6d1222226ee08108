import type { Column } from "../../../definitions/language/column.js";
import { factsOf } from "../../../definitions/language/column-types/registry.js";
import type { Source } from "../../../definitions/language/deployment.js";

/** What a cell must be; of a source's files, in the words that they have. */
export function typeInWords(column: Column, source?: Pick<Source, "decimal">): string {
  if (source && column.true && column.false) {
    const [yes, no] = [column.true, column.false].map((words) => words.map((word) => JSON.stringify(word)));
    return `must be ${yes!.join(" or ")} for true, ${no!.join(" or ")} for false`;
  }
  const { words, decimalMark, whole } = factsOf(column.type);
  return decimalMark && !whole && source?.decimal === "," ? `${words}, with a decimal comma` : words;
}

/** What a time without an offset must be, where its column declares a zone; null where there is none. */
export const localTimeInWords = ({ zone }: Column): string | null =>
  zone === undefined
    ? null
    : `must be a time that clocks in ${zone} show once; write it with its offset, as 2024-03-31T02:30:00+01:00`;
