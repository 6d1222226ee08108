import { learners } from "../learners/registry.js";
import { tasks } from "../tasks/registry.js";
import type { Part, PartKind, Place } from "./part.js";

/**
 * How a thread makes its part of any kind of work, its task's and its learner's, by the name that it is sent.
 * @throws {Error} two kinds have the same name
 */
export function knownParts(): (name: string, input: unknown, place: Place) => Part {
  const kinds = new Map<string, PartKind>();
  for (const kind of [...tasks, ...learners].flatMap(({ parts }) => parts)) {
    const other = kinds.get(kind.name);
    if (other && other !== kind) throw new Error(`two kinds of work are named ${JSON.stringify(kind.name)}`);
    kinds.set(kind.name, kind);
  }
  return (name, input, place) => {
    const kind = kinds.get(name);
    if (!kind) throw new Error(`no task and no learner lists ${JSON.stringify(name)} among its parts`);
    return new kind.make(input as never, place);
  };
}
