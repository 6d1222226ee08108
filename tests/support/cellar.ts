import { float, int, string } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { multiclassTask as multiclass } from "../../src/definitions/language/learns.js";
import { murmur3 } from "../../src/training/murmur3.js";
import type { Files } from "./delivery.js";

export const CULTIVARS = ["barbera", "dolcetto", "nebbiolo"];

/** Bottles whose measurements are known, the cultivar that each is of, and the grade that it was given, a whole number. */
export function cellar(): Deployment {
  const bottle = entity("bottle", { key: "bottle_id" });
  const bottles = source("bottles", { columns: { cask: string({ oneOf: ["oak", "steel"] }), year: int() } });
  const analyses = source("analyses", {
    columns: { alcohol: float({ min: 0 }), hue: float(), proline: int() },
  });
  const outcomes = source("outcomes", { columns: { cultivar: string(), grade: int() } });
  const origin = featureView("origin", { source: bottles, features: ["cask", "year"] });
  const chemistry = featureView("chemistry", { source: analyses, features: ["alcohol", "hue", "proline"] });
  return deployment({
    name: "cellar",
    entity: bottle,
    entitySource: bottles,
    sources: [bottles, analyses, outcomes],
    views: [origin, chemistry],
    services: [
      featureService("cultivar", {
        features: [origin, chemistry],
        task: multiclass(outcomes.cultivar),
        gates: { maximum: { log_loss: 0.9 }, minimum: { accuracy: 0.6, macro_f1: 0.6 } },
      }),
      featureService("grade", { features: [chemistry], task: multiclass(outcomes.grade) }),
    ],
  });
}

export const bottleId = (i: number): string => `B${String(i).padStart(4, "0")}`;
const uniform = (i: number, salt: number): number => murmur3(String(i), salt) / 2 ** 32;

/** @param month seeds what changes from month to month @param names of the cultivars, by their places */
export function cellarDelivery(count: number, month: number, names: readonly string[] = CULTIVARS): Files {
  const rows = (header: string, row: (i: number) => string) => [
    `bottle_id,${header}`,
    ...Array.from({ length: count }, (_, i) => `${bottleId(i)},${row(i)}`),
  ];
  const isOak = (i: number) => uniform(i, 1) < 0.5;
  const alcohol = (i: number) => Math.round(1_000 * (11 + 4 * uniform(i, 10 + month))) / 1_000;
  const hue = (i: number) =>
    uniform(i, 20 + month) < 0.1 ? null : Math.round(1_000 * (0.5 + uniform(i, 30 + month))) / 1_000;
  const proline = (i: number) => Math.floor(300 + 1_200 * uniform(i, 40 + month) ** 2);
  const scores = (i: number) => [
    2.5 * (alcohol(i) - 13) + (isOak(i) ? 1 : -1),
    hue(i) === null ? 1.5 : 8 * (hue(i)! - 1),
    (proline(i) - 700) / 120,
  ];
  const drawn = (i: number) =>
    scores(i).map((score, k) => score - 0.7 * Math.log(-Math.log(uniform(i, 50 + 3 * month + k) || 1e-9)));
  const place = (i: number) => drawn(i).indexOf(Math.max(...drawn(i)));
  const grade = (i: number) => [3, 10, 20][Math.min(2, Math.floor((alcohol(i) - 11) / 1.4))]!;
  return {
    bottles: rows("cask,year", (i) => `${isOak(i) ? "oak" : "steel"},${1990 + (i % 20)}`),
    analyses: rows("alcohol,hue,proline", (i) => `${alcohol(i)},${hue(i) ?? ""},${proline(i)}`),
    outcomes: rows("cultivar,grade", (i) => `${names[place(i)]},${grade(i)}`),
  };
}
