import { bool, date, float, int, string, timestamp } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { derived } from "../../src/definitions/language/derived.js";
import { expectColumn, expectPair } from "../../src/definitions/language/expectation.js";
import { binaryTask as binary } from "../../src/definitions/language/learns.js";
import { from, request } from "../../src/definitions/language/request.js";
import { days, max, sum } from "../../src/definitions/language/windows/window.js";
import type { Files } from "./delivery.js";

/** Columns of every origin, some of them personal: state, text, events, what requests bring, what is computed of them. */
export function clinic(personal: boolean): Deployment {
  const patient = entity("patient", { key: "patient_id" });
  const patients = source("patients", {
    onInvalid: "quarantine",
    columns: {
      nickname: string({ personal }),
      weight: float({ personal, min: 0 }),
      limit: float(),
      region: string({ oneOf: ["north", "south"] }),
    },
    expectations: [
      expectPair("limit").greaterThan("weight", { severity: "WARNING" }),
      expectColumn("weight").meanBetween(1, 1e7),
    ],
  });
  const stays = source("stays", {
    columns: { income: float({ personal }), nights: int({ min: 0 }), born: date({ personal }) },
  });
  const wishes = source("wishes", { columns: { debt: float({ personal, min: 0 }), months: int() } });
  const payments = source("payments", {
    eventTime: "paid_at",
    eventKey: ["payment_no"],
    columns: {
      payment_no: int(),
      paid_at: timestamp({ zone: "UTC" }),
      amount: float({ personal }),
    },
  });
  const outcomes = source("outcomes", { columns: { defaulted: bool({ required: true }) } });
  const profile = featureView("profile", {
    source: patients,
    features: ["nickname", "weight", "limit", "region"],
  });
  const stay = featureView("stay", { source: stays, features: ["income", "nights"] });
  const paid = featureView("paid", {
    source: payments,
    features: { paid_90d: sum("amount", days(90)), greatest: max("amount") },
  });
  const ask = request({ debt: from(wishes.debt), months: from(wishes.months) });
  const burden = derived("burden", ask.debt.div(stay.income));
  return deployment({
    name: "clinic",
    entity: patient,
    entitySource: patients,
    sources: [patients, stays, wishes, payments, outcomes],
    views: [profile, stay, paid],
    services: [
      featureService("default_risk", {
        features: [profile, stay, paid, ask, burden],
        task: binary(outcomes.defaulted),
        gates: {
          minimum: { auc: 0.1 },
          fairness: { attribute: "nickname", measure: "selection_rate", maxGap: 1, minRows: 1 },
        },
      }),
    ],
  });
}

export const PATIENTS = Array.from({ length: 80 }, (_, i) => `P${String(i).padStart(3, "0")}`);

const nickname = (i: number): string => `zq${["ox", "elk", "emu", "yak"][i % 4]}wv`;
const weight = (i: number): number => 731_000.25 + i;
const income = (i: number): number => 842_000.5 + i;
const debt = (i: number): number => 953_000.75 + i;
const amount = (i: number): number => 664_000.125 + i;
const born = (i: number): string => `1931-0${1 + (i % 9)}-17`;

/** What occurs nowhere but in personal columns, and in what is computed of them. */
export const SECRETS: readonly string[] = PATIENTS.flatMap((_, i) =>
  [
    ...[nickname(i), weight(i), income(i), debt(i), amount(i), amount(i) + 1, born(i)],
    ...[debt(i) / income(i), amount(i) + amount(i) + 1],
  ].map(String),
);

/**
 * @param spoilt rows that cannot be taken, each with a value of its own that is personal
 * @param moved some nicknames are others
 */
export function clinicDelivery({ spoilt = false, moved = false } = {}): Files {
  const rows = (header: string, row: (i: number) => string) => [
    `patient_id,${header}`,
    ...PATIENTS.map((id, i) => `${id},${row(i)}`),
  ];
  const patients = rows(
    "nickname,weight,limit,region",
    (i) =>
      `${nickname(moved && i % 2 ? 0 : i)},${weight(i)},${i === 3 ? 1 : 9e6},${i % 2 ? "north" : "south"}`,
  );
  return {
    patients: spoilt
      ? [
          ...patients,
          `P900,${SPOILT[0]},-1,1,north`,
          `P901,a,${SPOILT[1]},1,north`,
          `P902,${SPOILT[2]},1,1,north,${SPOILT[2]}`,
        ]
      : patients,
    stays: rows("income,nights,born", (i) => `${income(i)},${i % 7},${born(i)}`),
    wishes: rows("debt,months", (i) => `${debt(i)},${1 + (i % 12)}`),
    payments: [
      "patient_id,payment_no,paid_at,amount",
      ...PATIENTS.flatMap((id, i) => [
        `${id},${2 * i},2024-01-10T10:00:00,${amount(i)}`,
        `${id},${2 * i + 1},2024-01-11T10:00:00,${amount(i) + 1}`,
      ]),
    ],
    outcomes: rows("defaulted", (i) => (i % 3 === 0 ? "True" : "False")),
  };
}

/** In rows that are kept out, or that keep a delivery out. */
export const SPOILT = ["zqquarantinewv", "zqnotanumberwv", "zqtoomanywv"] as const;
/** What occurs in a delivery that fails. */
export const REFUSED = "zqrefusedwv";

/** A source that does not quarantine has a value that is no number: nothing of it is published. */
export const refusedDelivery = (): Files => {
  const files = clinicDelivery();
  return { ...files, stays: [...files.stays!.slice(0, -1), `${PATIENTS.at(-1)},${REFUSED},1,1931-01-17`] };
};

export const personalOf = (i: number) => ({
  nickname: nickname(i),
  weight: weight(i),
  income: income(i),
  debt: debt(i),
});
