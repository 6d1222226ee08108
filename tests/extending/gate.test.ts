import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { collectContradictions } from "../../src/definitions/language/contradictions.js";
import { deployment } from "../../src/definitions/language/deployment.js";
import type { Gates } from "../../src/definitions/language/gates.js";
import { defineGate, type Gate, type GateEvidence } from "../../src/process/front.js";
import {
  builtInGates,
  checkDeclaredGates,
  gates,
  gatesOf,
  judge,
} from "../../src/registry/gates/registry.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, JANUARY, learnableMonth, PROMOTE, STRONG, trained, WEAK } from "../support/months.js";

/** A file that devices download must stay small; nobody may force a larger one on them. */
const maxFileSize = defineGate({
  name: "max_file_size",
  passesWhen: "its ONNX file has at most `bytes` bytes",
  declaration: {
    key: "max_file_size",
    options: z.strictObject({
      bytes: z.int().min(1).default(1_000_000).describe("a whole number, 1 or more"),
    }),
    always: false,
    problem: () => null,
  },
  needs: ["candidate"],
  forcible: false,
  async judge({ bytes: limit }, evidence) {
    const { bytes } = evidence.candidate();
    return [{ passed: bytes <= limit, message: `${bytes} bytes, at most ${limit}`, value: bytes, limit }];
  },
});

const declared = (more: Gates) =>
  deployment({
    ...testing,
    services: testing.services.map((service) => ({ ...service, gates: { minimum: { auc: 0.6 }, ...more } })),
  });

describe("a gate from outside, in use", () => {
  const LIMIT = 6_000;
  let app: TestApp;
  beforeAll(async () => {
    gates.use([...builtInGates, maxFileSize]);
    app = await startTestApp({ definitions: declared({ max_file_size: { bytes: LIMIT } }) });
    await ingestMonth(app, JANUARY, learnableMonth());
    await trained(app, { asOf: JANUARY, seed: 1, params: { ...STRONG, trees: 400 } });
    await trained(app, { asOf: JANUARY, seed: 1, params: { ...WEAK, trees: 20 } });
  });
  afterAll(async () => {
    await app?.stop();
    gates.use(builtInGates);
  });

  const refused = (input: Record<string, unknown>) => app.client.error(PROMOTE, { input }) as Promise<any>;

  it("refuses a version with its numbers, and is not passed over by force", async () => {
    const [version] = await app.sql("select bytes from model_versions where version = 1");
    const error = await refused({ version: 1 });
    expect(error.code).toBe("GATE_FAILED");
    const found = error.gates.at(-1);
    expect(found).toMatchObject({
      name: "max_file_size",
      passed: false,
      value: version!.bytes,
      limit: LIMIT,
    });
    expect(await refused({ version: 1, force: true, reason: "it is urgent" })).toMatchObject({
      code: "GATE_FAILED",
      gates: error.gates,
    });
  });

  it("is on the record of a version that passes it", async () => {
    await app.client.query(PROMOTE, { input: { version: 2 } });
    const { model } = await app.client.query(
      '{ model(name: "churn") { transitions { version gates { name passed value limit message } } } }',
    );
    const [{ version, gates: judged }] = model.transitions;
    expect(version).toBe(2);
    expect(judged.at(-1)).toMatchObject({ name: "max_file_size", passed: true, limit: LIMIT });
    expect(judged.at(-1).message).toBe(`${judged.at(-1).value} bytes, at most ${LIMIT}`);
  });

  it("is shown where the service is asked for its gates", async () => {
    const { featureService } = await app.client.query('{ featureService(name: "churn") { gates } }');
    expect(featureService.gates).toMatchObject({ max_file_size: { bytes: LIMIT } });
  });
});

describe("the declaration of a gate from outside", () => {
  afterEach(() => gates.use(builtInGates));

  it.each<[string, readonly Gate[], Gates, string]>([
    [
      "names a gate that has no record",
      builtInGates,
      { max_file_size: true },
      'service churn: no gate is named "max_file_size"',
    ],
    ["is misspelt", [...builtInGates, maxFileSize], { max_file_sise: true }, 'did you mean "max_file_size"?'],
    [
      "has a value out of its range",
      [...builtInGates, maxFileSize],
      { max_file_size: { bytes: 0 } },
      "service churn: gate max_file_size.bytes 0 must be a whole number, 1 or more",
    ],
    [
      "has an option that there is not",
      [...builtInGates, maxFileSize],
      { max_file_size: { kilobytes: 1 } },
      'service churn: gate max_file_size: no option is named "kilobytes"; there is bytes',
    ],
    [
      "is no set of options",
      [...builtInGates, maxFileSize],
      { max_file_size: 3 },
      "service churn: gate max_file_size 3 must be its options, or true",
    ],
  ])("is refused where it %s", (_, records, more, message) => {
    gates.use(records);
    expect(() => collectContradictions((refuse) => checkDeclaredGates(declared(more), refuse))).toThrow(
      message,
    );
  });

  it.each<[Gates, unknown]>([
    [{}, null],
    [{ max_file_size: false }, null],
    [{ max_file_size: true }, { bytes: 1_000_000 }],
    [{ max_file_size: {} }, { bytes: 1_000_000 }],
    [{ max_file_size: { bytes: 5 } }, { bytes: 5 }],
  ])("%j asks for it with %j", (more, options) => {
    gates.use([...builtInGates, maxFileSize]);
    const definitions = declared(more);
    const asked = gatesOf(definitions.services[0]!, definitions).find(
      ({ gate }) => gate === (maxFileSize as Gate),
    );
    expect(asked?.options ?? null).toEqual(options);
  });
});

describe("gates", () => {
  it("are given what they need and nothing else, and nothing is worked out that none of them needs", async () => {
    const asked: string[] = [];
    const evidence = new Proxy({} as GateEvidence, {
      get: (_, name: string) => () => {
        asked.push(name);
        return name === "candidate" ? { bytes: 1 } : null;
      },
    });
    let given: string[] = [];
    const curious: Gate = {
      ...(maxFileSize as Gate),
      judge: async (options, needed) => {
        given = Object.keys(needed);
        return maxFileSize.judge(options as { bytes: number }, needed);
      },
    };
    await judge([{ gate: curious, options: { bytes: 5 } }], evidence);
    expect(given).toEqual(["candidate"]);
    expect(asked).toEqual(["candidate"]);
  });

  it("stand in docs/registry.md as their records have them, with their options and defaults", () => {
    const documented = readFileSync("docs/registry.md", "utf8");
    for (const gate of builtInGates as readonly Gate[]) {
      const how =
        gate.declaration === "always"
          ? "always"
          : `\`${gate.declaration.key}\`${gate.declaration.always ? ", or left out" : ""}`;
      expect(documented).toContain(
        `| \`${gate.name}\` | ${how} | ${gate.passesWhen} | ${gate.forcible ? "yes" : "no"} |`,
      );
      if (gate.declaration === "always") continue;
      const { key, options } = gate.declaration;
      const { properties } = z.toJSONSchema(options) as {
        properties?: Record<string, { default?: unknown; description: string }>;
      };
      for (const [name, { default: value, description }] of Object.entries(properties ?? {})) {
        const shown = value === undefined ? "must be given" : `\`${JSON.stringify(value)}\``;
        expect(documented).toContain(`| \`${key}.${name}\` | ${shown} | ${description} |`);
      }
    }
  });
});
