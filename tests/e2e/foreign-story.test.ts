import { describe } from "vitest";
import { bool, float, int, string } from "../../src/definitions/language/column.js";
import {
  deployment,
  entity,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { writeDelivery } from "../support/delivery.js";
import { tellsTheTruthAfterwards } from "./story.js";

const applicant = entity("applicant", { key: "applicant_id" });
const applicants = source("applicants", { columns: { branch: string() } });
const outcomes = source("outcomes", { columns: { defaulted: bool({ required: true }) } });
const service = {
  label: { source: outcomes, column: "defaulted" as const },
  gates: { minimum: { auc: 0.5 } },
};

function credit(loans: ReturnType<typeof source>, view: Parameters<typeof featureView>[1]) {
  const asked = featureView("asked", view);
  return deployment({
    name: "credit",
    entity: applicant,
    entitySource: applicants,
    sources: [applicants, loans, outcomes],
    views: [asked],
    services: [featureService("default_risk", { ...service, views: [asked] })],
  });
}

const loans = source("loans", { columns: { amount: float(), months: int(), purpose: string() } });
const before = credit(loans, { source: loans, features: ["amount", "months", "purpose"] });

/** The purpose is asked no longer, the duration has its own name, and the income is new. */
const grown = source("loans", {
  columns: { amount: float(), duration: int(), income: float() },
  retired: { purpose: string() },
  renamed: { months: "duration" },
});
const after = credit(grown, {
  source: grown,
  features: ["amount", "duration", "income"],
  retired: ["purpose"],
  renamed: { months: "duration" },
});

const IDS = Array.from({ length: 240 }, (_, i) => `A-${String(i).padStart(4, "0")}`);

function delivery(header: string, row: (i: number) => string, shift: number) {
  return {
    applicants: ["applicant_id,branch", ...IDS.map((id, i) => `${id},${i % 2 ? "north" : "south"}`)],
    loans: [`applicant_id,${header}`, ...IDS.map((id, i) => `${id},${row(i)}`)],
    outcomes: [
      "applicant_id,defaulted",
      ...IDS.map((id, i) => `${id},${(i + shift) % 3 === 0 || i % 7 === 3 ? "True" : "False"}`),
    ],
  };
}

describe("a deployment of credit applications after its definitions changed", () => {
  tellsTheTruthAfterwards({
    before,
    after,
    model: "default_risk",
    key: "A-0004",
    argument: "applicantId",
    added: "income",
    retired: { name: "purpose", type: "categorical" },
    renamed: { from: "months", to: "duration" },
    deliveries: [
      ["january", "2024-01-31"],
      ["february", "2024-02-29"],
      ["march", "2024-03-31"],
    ],
    write(dataDir) {
      const old = (i: number) => `${(i % 3) * 100}.5,${i % 7},${i % 2 ? "car" : "house"}`;
      writeDelivery(dataDir, "january", delivery("amount,months,purpose", old, 0));
      writeDelivery(dataDir, "february", delivery("amount,months,purpose", old, 0));
      const now = (i: number) => `${(i % 3) * 100}.5,${i % 7},${1000 + i}.25`;
      writeDelivery(dataDir, "march", delivery("amount,duration,income", now, 0));
    },
    params: { trees: 40, min_leaf_rows: 5 },
  });
});
