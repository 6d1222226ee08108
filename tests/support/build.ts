import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
// @ts-expect-error: plain JavaScript, as the build must run before anything is compiled
import { buildProgram } from "../../scripts/program.mjs";

/** The program that tests start, built as `npm start` builds it. */
export const BUILD = ".test-dist";
/** What the processes of tests serve, as vitest.config.ts says. */
export const TESTING = pathToFileURL(resolve(BUILD, "tests/support/deployment/testing.js")).href;

/** What tests import from the build beside the programs: it is one with them. */
const ALSO = [
  ...["tests/support/deployment/testing.ts", "tests/support/emit-schema.ts"],
  ...[
    "observability/log",
    "training/train",
    "training/training-data",
    "training/learners/registry",
    "training/session/train-beside-requests",
    "training/session/train-in-session",
  ].map((name) => `src/${name}.ts`),
];

export const buildForTests = (): Promise<void> => buildProgram(BUILD, ALSO);
