import type { Command, Parameter } from "../command.js";
import { UsageError } from "../errors.js";
import { enumKind, flag, type Kind, text, wholeNumberKind } from "../kinds.js";
import { SERVER_OPTIONS } from "../server-options.js";

const GROUP = "Server and machine";

const parameter = (name: string, kind: Kind, description: string): Parameter => ({
  name,
  kind,
  description,
  required: false,
  many: false,
});
const required = (name: string, kind: Kind, description: string): Parameter => ({
  ...parameter(name, kind, description),
  required: true,
});
const json = (shape: string) => parameter("json", flag, `Prints ${shape} as JSON, for programs`);

/** `churn=operator`; the store judges both. */
const roleFor = (what: string, example: string): Kind => ({
  placeholder: `${what}=role`,
  values: [],
  parse: (label, given) => {
    const at = given.lastIndexOf("=");
    if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
    throw new UsageError(
      `${label} ${JSON.stringify(given)}: a ${what} and a role are expected, such as ${example}`,
    );
  },
});

const tokenNotes = "It needs the server's DATABASE_URL or ASOF_HOME, not a server.";

/** What is no root field of the API. Each is imported when it runs: the others need no database driver. */
export const localCommands: readonly Command[] = [
  {
    name: "start",
    group: GROUP,
    summary: "Starts the server, as npm start does.",
    description: "Starts the server, as npm start does, with the configuration of the environment and .env.",
    positionals: [],
    options: [],
    handlesSignals: true,
    run: async () => (await import("../start-server.js")).startServer(),
  },
  {
    name: "init",
    group: GROUP,
    summary: "Writes a deployment from a folder of files.",
    description:
      "Reads the files of one delivery, writes <name>/definitions.ts and its migrations, makes it the deployment of this folder (.env), and prints what the files do not say and the next commands. Run it in the clone.",
    positionals: [],
    options: [
      required("from", text("folder"), "The delivery: a file for each source, in any format that asof reads"),
      parameter("key", text("column"), "The column that tells the rows of every file apart"),
      parameter("label", text("file.column"), "What is to be learnt: two values, numbers, or a few texts"),
      parameter(
        "name",
        text("name"),
        "The deployment's, its service's and its model's name; the parent folder's unless given",
      ),
    ],
    run: async (given) => (await import("../init/init.js")).init(given),
  },
  {
    name: "plan",
    group: GROUP,
    summary: "Shows what changed definitions will do, before it is done.",
    description:
      "Compares the definitions with the last migration and with what is stored: columns added, retired and renamed, statements, snapshots, and each model in Production or Staging with whether it can be served. Changes nothing. Exit code 1 where the change is refused, or Production could not be served. Run it in the clone.",
    positionals: [],
    options: [json("{ changes, features, statements, refusals, database }")],
    run: async (given) => (await import("../plan/plan.js")).plan(given),
  },
  {
    name: "doctor",
    group: GROUP,
    summary: "Checks this machine, its configuration and its database.",
    description:
      "Looks at what asof would start with here: node, configuration, port, disk, deliveries, scheduling, deployment, PostgreSQL (reachable, version, connections, permissions, migrations, models served), lake, artifact store, online store. Changes nothing. Each finding comes with its remedy; exit code 1 where something failed, 0 where all is well or there are warnings only.",
    positionals: [],
    options: [
      parameter(
        "artifacts",
        flag,
        "Reads every artifact that is kept outside PostgreSQL (ARTIFACTS_URL), and compares hashes",
      ),
      parameter("lake", flag, "Reads every file of the lake, and compares hashes with the snapshots'"),
      parameter(
        "audit",
        flag,
        "Works out every hash of the audit log again: whether it is as it was written",
      ),
      parameter(
        "audit-head",
        text("hash"),
        "One that was noted before: it shows whether the end was cut off",
      ),
      json("{ ok, checks: [{ name, status, message, remedy }] }"),
    ],
    run: async (given) => (await import("../doctor.js")).doctor(given),
  },
  {
    name: "download",
    group: "Runs",
    summary: "Writes the files of a run to a folder.",
    description:
      "Writes the files of a run to a folder, under the names that they have, folders included: those of an export in the format HIVE are read by DuckDB, Polars, pyarrow and Spark as one table. Each is checked against its SHA-256. What is there already is not asked for again.",
    positionals: [required("run", text("id"), "The run whose files they are")],
    options: [
      parameter("to", text("folder"), "Where they go; this folder unless given"),
      parameter("only", text("prefix"), "Those alone whose names begin so: training_set/"),
      ...SERVER_OPTIONS,
    ],
    run: async (given, env) => (await import("../download.js")).download(given, env),
  },
  {
    name: "backup",
    group: GROUP,
    summary: "Copies the embedded database to a file, while asof runs.",
    description:
      "Copies the embedded database to a file, while asof runs. On the machine of ASOF_HOME; a database of DATABASE_URL is backed up with PostgreSQL's own tools (pg_dump, pg_basebackup).",
    positionals: [
      required("file", text("file"), "Is made, readable by you alone: it holds the database's password"),
    ],
    options: [
      parameter("force", flag, "Where there is such a file already, it is replaced"),
      json("{ file, files, bytes }, bytes before compression,"),
    ],
    run: async (given) => (await import("../backup.js")).backup(given),
  },
  {
    name: "restore",
    group: GROUP,
    summary: "Puts a backup in the embedded database's place, while asof is stopped.",
    description:
      "Puts a backup in the embedded database's place, while asof is stopped. The restored database is started once to see that it recovers; where anything fails, all is as before.",
    positionals: [required("file", text("file"), "What asof backup wrote")],
    options: [
      parameter("force", flag, "A database that is in ASOF_HOME already is set aside, beside it"),
      json("{ createdAt, setAside }"),
    ],
    run: async (given) => (await import("../restore.js")).restore(given),
  },
  {
    name: "token create",
    group: GROUP,
    summary: "Makes an API token and prints it, once.",
    description: `Makes an API token and prints it, once: only its hash is kept. ${tokenNotes}`,
    positionals: [required("name", text("name"), "What the token is called")],
    options: [
      required(
        "role",
        text("none|viewer|operator|admin"),
        "viewer reads and predicts; operator also runs jobs and promotes; admin also deletes; none: only what the options below give",
      ),
      parameter("days", wholeNumberKind, "It ends by itself after so many days"),
      {
        ...parameter(
          "model-role",
          roleFor("model", "churn=operator"),
          "A higher role that holds for one model; any number of times",
        ),
        many: true,
      },
      {
        ...parameter(
          "protocol-role",
          roleFor("protocol", "mlflow=operator"),
          "A higher role that holds for what is asked by one protocol: graphql, rest, mlflow, feast or inference",
        ),
        many: true,
      },
      parameter("sees-personal", flag, "Its holder sees personal columns whatever the role"),
      json("the token"),
    ],
    run: async (given, env) => (await import("../token.js")).createToken(given, env),
  },
  {
    name: "token list",
    group: GROUP,
    summary: "Lists the API tokens.",
    description: `Lists the API tokens. ${tokenNotes}`,
    positionals: [],
    options: [json("them")],
    run: async (given, env) => (await import("../token.js")).listTokens(given, env),
  },
  {
    name: "token revoke",
    group: GROUP,
    summary: "Revokes an API token at once, open subscriptions too.",
    description: `Revokes an API token at once, open subscriptions too. ${tokenNotes}`,
    positionals: [required("name", text("name"), "The token's name")],
    options: [],
    run: async (given, env) => (await import("../token.js")).revokeToken(given, env),
  },
  {
    name: "audit export",
    group: GROUP,
    summary: "Prints the audit log as JSON Lines, with its hashes.",
    description: `Prints the audit log as JSON Lines, with its hashes: who has the lines verifies them elsewhere. ${tokenNotes}`,
    positionals: [],
    options: [
      parameter("from", text("instant"), "Entries not before it: 2024-01-31T12:00:00Z"),
      parameter("to", text("instant"), "Entries before it"),
    ],
    run: async (given, env) => (await import("../audit.js")).exportAudit(given, env),
  },
  {
    name: "audit drop",
    group: GROUP,
    summary: "Drops old entries of the audit log; shows them unless --exported is given.",
    description: `Drops old entries of the audit log, once they are in a file that asof audit export has written; without --exported it shows how many would go. The rest of the chain verifies as before, and says what was dropped. ${tokenNotes}`,
    positionals: [],
    options: [
      { ...parameter("keep-days", wholeNumberKind, "Entries of so many days are kept"), required: true },
      parameter(
        "exported",
        text("file"),
        "What asof audit export printed: it must have each entry that goes",
      ),
    ],
    run: async (given, env) => (await import("../audit-drop.js")).dropAudit(given, env),
  },
  {
    name: "completion",
    group: GROUP,
    summary: "Prints a script that completes commands, options and values.",
    description:
      "Prints a script that completes commands, options and values. bash: source <(asof completion bash), with the package bash-completion; zsh: source <(asof completion zsh); fish: asof completion fish | source.",
    positionals: [required("shell", enumKind(["bash", "zsh", "fish"]), "The shell")],
    options: [],
    run: async (given) => (await import("../completion.js")).printScript(given),
  },
];
