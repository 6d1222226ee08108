import { bool, date, float, int, string } from "../../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import type { Files } from "../../support/delivery.js";

const people = source("people", { columns: { nickname: string(), born: date() } });
const habits = source("habits", {
  columns: { hours: float({ min: 0 }), visits: int({ min: 0 }), town: string() },
  onInvalid: "quarantine",
});
const outcomes = source("outcomes", { columns: { gone: bool({ required: true }) } });
const habitView = featureView("habit_view", { source: habits, features: ["hours", "visits", "town"] });

/** A deployment with a free text and rows in quarantine, and nothing that is called as in StreamFlow. */
export const vault = deployment({
  name: "vault",
  entity: entity("person", { key: "person_id" }),
  entitySource: people,
  sources: [people, habits, outcomes],
  views: [habitView],
  services: [
    featureService("leaving", {
      views: [habitView],
      label: { source: outcomes, column: "gone" },
      gates: { minimum: {} },
    }),
  ],
});

export const VICTIM = "VICTIM-KEY-7Q";
/** Texts that stand for the person, and for nobody and nothing else. */
export const TRACES = [
  ...[VICTIM, "Zebulonius", "Zebulonia", "1907-11-23", "7777.123", "987654", "Quuxborough"],
  ...["-5551.75", "Xanaduville", "perhaps-he-left", "8888.25", "6543.125", "Wobbleton"],
];

export const PEOPLE = Array.from({ length: 120 }, (_, i) => `P-${String(i).padStart(4, "0")}`);

/** One date: everybody, and lines of the person's own. */
export function month(victim: { people?: string; habits?: string; outcomes?: string }, shift = 0): Files {
  const rows = (header: string, row: (id: string, i: number) => string, own: string | undefined) => [
    header,
    ...PEOPLE.map(row),
    ...(own ? [own] : []),
  ];
  return {
    people: rows(
      "person_id,nickname,born",
      (id, i) => `${id},N${i % 9},1980-01-${10 + (i % 9)}`,
      victim.people,
    ),
    habits: rows(
      "person_id,hours,visits,town",
      (id, i) => `${id},${(i % 11) + shift}.5,${i % 7},${i % 2 ? "Upton" : "Dale"}`,
      victim.habits,
    ),
    outcomes: rows("person_id,gone", (id, i) => `${id},${i % 3 === 0 ? "True" : "False"}`, victim.outcomes),
  };
}
