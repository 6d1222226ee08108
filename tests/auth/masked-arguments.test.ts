import { expect, it } from "vitest";
import { servicesFor } from "../../src/services/masked-services.js";
import type { Services } from "../../src/services/services.js";
import { clinic } from "../support/clinic.js";
import { fakeServices } from "../support/fake-services.js";

/** More than any method takes. */
const GIVEN = [["first"], "second", "third", "fourth", "fifth"];
/** Those that ask something else before, or add what the caller may see. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "artifacts.open": "asks who has the bytes first",
  "files.open": "asks which file it is first",
  "jobs.start": "says what the caller may not see",
  "historical.answer": "says what the caller may not see",
  "historical.begin": "says what the caller may not see",
  "runs.follow": "takes a run and a cursor",
  "predictor.explain": "takes what it has answered",
};

type Call = (...given: unknown[]) => unknown;

it("masked services hand on every argument that they are given", async () => {
  const got = new Map<string, unknown[]>();
  const recorder = (service: string) =>
    new Proxy({} as Record<string, Call>, {
      get:
        (_, method) =>
        (...given: unknown[]) => {
          got.set(`${service}.${String(method)}`, given);
          // Nothing is made of an answer.
          return new Promise(() => {});
        },
    });
  const definitions = clinic(true);
  const real = { ...fakeServices({}, definitions) };
  const kept = ["config", "version", "definitions", "masked", "health", "problems"];
  const services = Object.fromEntries(
    Object.entries(real).map(([name, value]) => [name, kept.includes(name) ? value : recorder(name)]),
  ) as unknown as Services;
  const masked = servicesFor(services, { role: "operator", kind: "token", seesPersonal: false });
  const called: string[] = [];
  for (const [name, service] of Object.entries(masked)) {
    if (kept.includes(name) || service === services[name as keyof Services]) continue;
    for (const [method, call] of Object.entries(service as Record<string, Call>)) {
      const door = `${name}.${method}`;
      if (door in OTHERWISE) continue;
      void call(...GIVEN);
      called.push(door);
      expect([door, got.get(door)]).toEqual([door, GIVEN]);
    }
  }
  expect(called).toContain("tracking.register");
  expect(called.length).toBeGreaterThan(60);
});
