import { Registry } from "../values/registry.js";
import { type ApiCommand, commandOf } from "./api/api-command.js";
import { inKebabCase } from "./api/parameters.js";
import type { ApiSchema } from "./api/schema.js";
import type { Command } from "./command.js";
import { alertCommands } from "./commands/alerts.js";
import { archiveCommands } from "./commands/archives.js";
import { canaryCommands } from "./commands/canaries.js";
import { featureCommands } from "./commands/features.js";
import { joinCommand } from "./commands/join.js";
import { localCommands } from "./commands/local.js";
import { modelCommands } from "./commands/models.js";
import { predictionCommands } from "./commands/predictions.js";
import { runCommands, startedRun, withFollow } from "./commands/runs.js";
import { scheduleCommands } from "./commands/schedules.js";
import { serverCommands } from "./commands/server.js";
import { snapshotCommands } from "./commands/snapshots.js";
import { trackingCommands } from "./commands/tracking.js";

/** Each root field that is of use on a command line has its command here, or its reason below. */
export const apiCommands: readonly ApiCommand[] = [
  ...runCommands,
  ...modelCommands,
  ...canaryCommands,
  ...predictionCommands,
  ...featureCommands,
  ...snapshotCommands,
  ...scheduleCommands,
  ...alertCommands,
  ...trackingCommands,
  ...serverCommands,
];

/** Root fields without a command, and why. */
export const withoutCommand: Readonly<Record<string, string>> = {
  "Query.node": "clients that normalise a cache ask by global id",
  "Query.nodes": "clients that normalise a cache ask by global id",
  "Query.tokens": "`asof token list` asks the database itself: it needs neither a server nor a token",
  "Mutation.createToken": "`asof token create` makes the first token, too, which no server has asked for",
  "Mutation.revokeToken": "`asof token revoke` works where no admin token is at hand",
  "Query.mutationDefinitions": "the command line reads the schema itself: `asof --help`",
  "Mutation.scanDeliveries": "workers look each minute by themselves; `asof ingest` needs no list",
  "Mutation.joinFeatures": "`asof join` sends the file itself",
  "Query.user": "`asof features <key>` and `asof predict <key>` answer about one entity",
};

/** Of each kind of run that has no record here: those that a deployment adds. `countRows` is `asof count-rows`. */
function ofOtherKinds(schema: ApiSchema): ApiCommand[] {
  const known = new Set([...apiCommands.map(({ field }) => field), ...Object.keys(withoutCommand)]);
  const taken = new Set([...apiCommands, ...localCommands].map(({ name }) => name.split(" ")[0]!));
  return schema.mutations
    .filter((field) => !known.has(field) && schema.root(field).type === "Run")
    .map((field) => {
      const name = inKebabCase(schema.root(field).name);
      return {
        name: taken.has(name) ? `start-${name}` : name,
        group: "Runs",
        field,
        view: startedRun,
        follow: true,
      };
    });
}

/** All commands, as the schema describes them. */
export function commandsOf(schema: ApiSchema): Registry<Command> {
  const derived = [...apiCommands, ...ofOtherKinds(schema)].map((record) => commandOf(record, schema));
  const named = (name: string) => derived.find((command) => command.name === name)!;
  const { list, one } = withFollow(named("runs"), named("run"));
  const following = derived.map((command) =>
    command.name === list.name ? list : command.name === one.name ? one : command,
  );
  return new Registry<Command>("command", [...following, joinCommand, ...archiveCommands, ...localCommands]);
}
