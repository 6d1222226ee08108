import { Argument, Command as CommanderCommand, CommanderError, Option } from "commander";
import { suggestion } from "../values/suggestion.js";
import { type Command, type ExitCode, Given, GROUPS, type Parameter } from "./command.js";
import { UsageError } from "./errors.js";
import { flagOff } from "./kinds.js";
import { processTerminal, type Terminal } from "./terminal.js";

const EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 the command line cannot be used, 3 no server there.";

type Execute = (command: Command, given: Given) => Promise<ExitCode>;
type Read = (command: Command, texts: ReadonlyMap<string, readonly string[]>) => Promise<void>;

/**
 * Does what a line of words asks for.
 * @returns the exit code
 * @throws {UsageError} it cannot be read
 */
export async function runLine(
  words: readonly string[],
  commands: Iterable<Command>,
  version: string,
  execute: Execute,
  terminal: Terminal = processTerminal,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = programOf(commands, version, terminal, async (command, texts) => {
    code = await execute(command, new Given(command, texts, terminal));
  });
  if (words.length === 0) {
    program.outputHelp();
    return 2;
  }
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    // Help or the version was asked for, and is printed.
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, commandAt(program, words));
  }
  return code;
}

/** The help of one command, as `asof <name> --help` prints it. */
export function helpOf(name: string, commands: Iterable<Command>): string {
  const program = programOf(commands, "", processTerminal, async () => {});
  return commandAt(program, name.split(" ")).helpInformation();
}

/** The words of the command that a line begins with. */
export function commandIn(words: readonly string[], commands: readonly Command[]): string[] {
  const [first, second] = words;
  if (commands.some(({ name }) => name === `${first} ${second}`)) return [first!, second!];
  return commands.some(({ name }) => name.split(" ")[0] === first) ? [first!] : [];
}

function programOf(
  commands: Iterable<Command>,
  version: string,
  terminal: Terminal,
  read: Read,
): CommanderCommand {
  const program: CommanderCommand = new CommanderCommand("asof")
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .configureOutput({ writeOut: terminal.out, writeErr: () => {} })
    .helpOption("-h, --help", "Prints this.")
    .configureHelp({
      // Every command in one list: a group's own line would say nothing.
      visibleCommands: (command) =>
        command.commands.flatMap((inner) =>
          command === program && inner.commands.length > 0
            ? [...(inner.summary() ? [inner] : []), ...inner.commands]
            : [inner],
        ),
      subcommandTerm: (command) => [pathOf(command), ...command.registeredArguments.map(shown)].join(" "),
    })
    .description("A running asof from the command line: features, runs and models as of any date.")
    .version(version, "--version", "Prints the version.")
    .addHelpText("after", `\nasof <command> --help tells its options.\n${EXIT_CODES}`);
  for (const command of [...commands].toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group)))
    add(program, command, read);
  return program;
}

function add(program: CommanderCommand, command: Command, read: Read): void {
  const [first, second] = command.name.split(" ");
  const holder = second ? groupOf(program, first!, command) : program;
  const added = holder
    .command(second ?? first!)
    .helpGroup(`${command.group}:`)
    .summary(command.summary)
    .description(command.description ?? command.summary)
    .helpOption("-h, --help", "Prints this.")
    .enablePositionalOptions()
    .allowExcessArguments();
  for (const { name, required, many, ...positional } of command.positionals) {
    const written = `${name}${many ? "..." : ""}`;
    added.addArgument(new Argument(required ? `<${written}>` : `[${written}]`, explained(positional)));
  }
  const options = command.options.map((parameter) => ({ parameter, option: optionOf(parameter) }));
  for (const { option } of options) added.addOption(option);
  added.action(async () => {
    const texts = new Map<string, string[]>();
    for (const { parameter, option } of options) {
      if (added.getOptionValueSource(option.attributeName()) !== "cli") continue;
      const value: unknown = added.getOptionValue(option.attributeName());
      texts.set(parameter.name, Array.isArray(value) ? value : [String(value)]);
    }
    const rest = [...added.args];
    for (const { name, many } of command.positionals) {
      const taken = rest.splice(0, many ? rest.length : 1);
      if (taken.length > 0) texts.set(name, taken);
    }
    if (rest[0] !== undefined) throw unexpected(added, command.name, rest[0]);
    await read(command, texts);
  });
}

/** Of `alias set` the command `alias`, which does nothing itself unless it is one of its own. */
function groupOf(program: CommanderCommand, name: string, { group }: Command): CommanderCommand {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const added = program
    .command(name)
    .helpGroup(`${group}:`)
    .helpOption("-h, --help", "Prints this.")
    .enablePositionalOptions()
    .allowExcessArguments();
  added.action(() => {
    const names = added.commands.map((command) => command.name());
    const given = added.args[0] ?? "";
    const expected = `${names.slice(0, -1).join(", ")} or ${names.at(-1)} is expected`;
    throw new UsageError(`${[name, given].join(" ").trim()}: ${expected}${suggestion(given, names)}`);
  });
  return added;
}

function optionOf(parameter: Parameter): Option {
  const { name, short, kind, many, required } = parameter;
  const flags = `${short ? `-${short}, ` : ""}--${kind === flagOff ? "no-" : ""}${name}`;
  const option = new Option(
    kind.placeholder === null ? flags : `${flags} <${kind.placeholder}>`,
    explained(parameter),
  );
  // Given several times, or once with commas.
  if (many)
    option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), ...text.split(",")]);
  if (parameter.heading) option.helpGroup(`${parameter.heading}:`);
  else if (required) option.helpGroup("Required:");
  return option;
}

/** The description with what is taken, and what holds otherwise. */
function explained({
  description,
  kind,
  fallback,
}: Pick<Parameter, "description" | "kind" | "fallback">): string {
  const values = kind.values.length > 0 ? ` One of ${kind.values.join(", ")}.` : "";
  return `${description.replace(/\.$/, "")}.${values}${fallback === undefined ? "" : ` Default: ${fallback}.`}`;
}

/** `schedules pause` */
function pathOf(command: CommanderCommand): string {
  const path: string[] = [];
  for (let at: CommanderCommand | null = command; at?.parent; at = at.parent) path.unshift(at.name());
  return path.join(" ");
}

const shown = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

function unexpected(command: CommanderCommand, name: string, argument: string): UsageError {
  const meant = suggestion(`${name} ${argument}`, command.commands.map(pathOf));
  return meant
    ? new UsageError(`there is no command ${JSON.stringify(`${name} ${argument}`)}${meant}`)
    : new UsageError(`unexpected argument ${JSON.stringify(argument)}`);
}

/** What the library says of a line that cannot be read, as this program says it. */
function usageError({ code, message }: CommanderError, command: CommanderCommand): UsageError {
  const [, quoted = ""] = /'([^']*)'/.exec(message) ?? [];
  switch (code) {
    case "commander.missingArgument":
      return new UsageError(`<${quoted}> is missing`);
    case "commander.optionMissingArgument":
      return new UsageError(`${quoted.replace(/^-\w, | .*/g, "")}: a value is expected`);
    case "commander.unknownOption": {
      const known = command.options.flatMap(({ long }) => long ?? []);
      return new UsageError(`unknown option ${JSON.stringify(quoted)}${suggestion(quoted, known)}`);
    }
    case "commander.unknownCommand": {
      const known = command.commands.map((inner) => inner.name());
      return new UsageError(`there is no command ${JSON.stringify(quoted)}${suggestion(quoted, known)}`);
    }
    default:
      return new UsageError(message.replace(/^error: /, ""));
  }
}

/** The command that the words begin with; the program where they begin with none. */
function commandAt(program: CommanderCommand, words: readonly string[]): CommanderCommand {
  const inner = program.commands.find((command) => command.name() === words[0]);
  return inner ? commandAt(inner, words.slice(1)) : program;
}
