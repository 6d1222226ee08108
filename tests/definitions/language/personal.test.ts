import { expect, it } from "vitest";
import { bool, float, int, list, string, timestamp } from "../../../src/definitions/language/column.js";
import {
  deployment,
  deploymentSha256,
  entity,
  featureService,
  featureView,
  source,
} from "../../../src/definitions/language/deployment.js";
import { personalColumns } from "../../../src/definitions/language/personal.js";
import { count, days, sum } from "../../../src/definitions/language/windows/window.js";
import { clinic } from "../../support/clinic.js";

it("what is computed of a personal column is personal: windows of it or chosen by it, expressions, requests", () => {
  const personal = personalColumns(clinic(true));
  const features = ["nickname", "weight", "income", "paid_90d", "greatest", "debt", "burden"];
  expect(features.filter((name) => !personal.hasFeature(name))).toEqual([]);
  const others = ["limit", "region", "nights", "months", "defaulted"];
  expect(others.filter((name) => personal.hasFeature(name))).toEqual([]);
  expect(personal.names).toEqual([
    "patients.nickname",
    "patients.weight",
    "payments.amount",
    "stays.born",
    "stays.income",
    "wishes.debt",
  ]);
  expect(list(string({ personal: true })).personal).toBe(true);
  const orders = source("orders", {
    eventTime: "at",
    eventKey: ["no"],
    columns: { no: int(), at: timestamp({ zone: "UTC" }), channel: string({ personal: true }), sum: float() },
  });
  const view = featureView("spending", {
    source: orders,
    features: { all: count(days(30)), web: count({ where: { channel: "web" } }), spent: sum("sum") },
  });
  const { all, web, spent } = view.source.columns;
  expect([all!.personal, web!.personal, spent!.personal]).toEqual([undefined, true, undefined]);
});

it("former names and retired columns stay personal, and what nobody declares any more is masked", () => {
  const person = entity("person", { key: "person_id" });
  const people = source("people", {
    columns: { height: float({ personal: true }), shoes: int(), iq: int({ personal: true }) },
    renamed: { size: "height" },
    retired: ["iq"],
  });
  const outcomes = source("outcomes", { columns: { left: bool({ required: true }) } });
  const body = featureView("body", {
    source: people,
    features: ["height", "shoes"],
    renamed: { size: "height" },
    retired: ["iq"],
  });
  const personal = personalColumns(
    deployment({
      entity: person,
      entitySource: people,
      sources: [people, outcomes],
      views: [body],
      services: [featureService("leaving", { views: [body], label: { source: outcomes, column: "left" } })],
    }),
  );
  expect(["height", "size", "iq", "gone", "shoes", "left"].map((name) => personal.hasFeature(name))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(["height", "size", "iq", "shoes"].map((name) => personal.hasColumn("people", name))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it("nothing is masked where no column is personal, and who may see says nothing of the data", () => {
  const personal = personalColumns(clinic(false));
  expect([personal.any, personal.names, personal.hasFeature("gone")]).toEqual([false, [], false]);
  expect(deploymentSha256(clinic(true))).toBe(deploymentSha256(clinic(false)));
});

it("keys, labels and what tells events apart are refused", () => {
  const orders = source("orders", {
    eventTime: "at",
    eventKey: ["no"],
    columns: { no: int({ personal: true }), at: timestamp({ zone: "UTC", personal: true }), sum: float() },
  });
  const people = source("people", { columns: { shoes: int() } });
  const outcomes = source("outcomes", { columns: { left: bool({ required: true, personal: true }) } });
  const body = featureView("body", { source: people, features: ["shoes"] });
  const spending = featureView("spending", { source: orders, features: { spent: sum("sum") } });
  const declare = () =>
    deployment({
      entity: entity("person", { key: { person_id: string({ personal: true }) } }),
      entitySource: people,
      sources: [people, orders, outcomes],
      views: [body, spending],
      services: [featureService("leaving", { views: [body], label: { source: outcomes, column: "left" } })],
    });
  expect(declare).toThrow(/eventTime: at is personal, and events are told apart by it/);
  expect(declare).toThrow(/eventKey: no is personal/);
  expect(declare).toThrow(/service leaving: its label left is personal/);
  expect(declare).toThrow(/key person_id: a key's column declares no personal/);
});
