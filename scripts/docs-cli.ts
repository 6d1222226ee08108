// The tables of commands in docs/cli.md, from the commands themselves; tests/cli/derived.test.ts checks them.
import { readFileSync, writeFileSync } from "node:fs";
import { shippedSchema } from "../src/cli/api/schema.js";
import { type Command, GROUPS } from "../src/cli/command.js";
import { commandsOf } from "../src/cli/commands.js";

const FILE = "docs/cli.md";
const TABLES = /<!-- commands -->[\s\S]*<!-- \/commands -->/;

/** docs/cli.md as it should be. */
export function withTables(text: string, commands: Iterable<Command>): string {
  const all = [...commands];
  const tables = GROUPS.map((group) => {
    const rows = all
      .filter((command) => command.group === group)
      .map((command) => {
        const usage = usageOf(command).replaceAll("|", "\\|");
        return `| \`${usage}\` | ${command.summary.replace(/\.$/, "")} |`;
      });
    return [`### ${group}`, "| command | does |", "|---|---|", ...rows].join("\n");
  });
  return text.replace(TABLES, () => `<!-- commands -->\n${tables.join("\n\n")}\n<!-- /commands -->`);
}

/** What has to be given. */
function usageOf({ name, positionals, options }: Command): string {
  const words = positionals.map(({ name, many, required }) => {
    const word = many ? `${name}...` : name;
    return required ? `<${word}>` : `[${word}]`;
  });
  const needed = options
    .filter(({ required }) => required)
    .map(({ name, kind }) => `--${name} <${kind.placeholder}>`);
  return ["asof", name, ...words, ...needed].join(" ");
}

if (process.argv[1]?.endsWith("docs-cli.ts"))
  writeFileSync(FILE, withTables(readFileSync(FILE, "utf8"), commandsOf(shippedSchema())));
