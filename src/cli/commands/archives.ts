import type { Command, Parameter } from "../command.js";
import { text, wholeNumberKind } from "../kinds.js";
import { SERVER_OPTIONS } from "../server-options.js";

const parameter = (name: string, kind: Parameter["kind"], description: string): Parameter => ({
  ...{ name, kind, description },
  required: true,
  many: false,
});

/** A version on its way to another deployment: a file of any size comes, or goes. */
export const archiveCommands: readonly Command[] = [
  {
    name: "model export",
    group: "Models",
    summary: "Writes a version to a file that another deployment imports.",
    description:
      "Writes one file: the model, what was measured of it, and what it was made of, by hashes. It has no row of anybody. The same version is the same file.",
    positionals: [
      parameter("model", text("name"), "The model"),
      parameter("version", wholeNumberKind, "The version's number"),
    ],
    options: [
      parameter("out", text("file"), "Where it goes: nothing is there before all of it is"),
      ...SERVER_OPTIONS,
    ],
    run: async (given, env) => (await import("../archives.js")).exportModel(given, env),
  },
  {
    name: "model import",
    group: "Models",
    summary: "Registers a version that another deployment exported.",
    description:
      "Sends the file, and registers its version once every hash in it is right. It is judged on this deployment's own rows before it can be promoted. The same version again changes nothing.",
    positionals: [parameter("file", text("file"), "What asof model export wrote")],
    options: [
      {
        ...parameter("as-of", text("date"), "Of the snapshot that it is judged on; the newest with labels"),
        required: false,
      },
      ...SERVER_OPTIONS,
    ],
    run: async (given, env) => (await import("../archives.js")).importModel(given, env),
  },
];
