import { type ApiToken, TokenStore } from "../auth/token-store.js";
import { openDatabase } from "../db/database.js";
import { AsofError } from "../errors/errors.js";
import { readConfig } from "../process/config.js";
import { readDeployment } from "../process/load-deployment.js";
import { CommandError, type ExitCode, numberOption, parse, print, required, UsageError } from "./command.js";

export const name = "token";
export const describe = "creates, lists and revokes API tokens, in the database itself";
export const usage = `create <name> --role viewer|operator|admin [--days N]    prints the token, once
asof token list [--json]
asof token revoke <name>                                        at once, open subscriptions too

  --role R      viewer reads and predicts; operator also runs jobs and promotes; admin also deletes
  --days N      it ends by itself after N days
  --json        JSON on standard output, for programs

It needs the server's DATABASE_URL or ASOF_HOME, not a server.`;

/** @param env what names the database: as the server's */
export async function run(args: string[], env: NodeJS.ProcessEnv = process.env): Promise<ExitCode> {
  const [action, ...rest] = args;
  const work = action === undefined ? undefined : ACTIONS[action];
  if (!work) throw new UsageError(`token ${action ?? ""}: create, list or revoke is expected`);
  const ready = work(rest);
  const config = readConfig(env);
  const { definitions } = await readDeployment(config.deployment ?? null);
  const database = await openDatabase(config, definitions);
  try {
    await ready(new TokenStore(database.pool));
    return 0;
  } catch (error) {
    throw error instanceof AsofError ? new CommandError(`${error.code}: ${error.message}`) : error;
  } finally {
    await database.close();
  }
}

/** Each reads its arguments first, so that a mistyped one touches no database. */
const ACTIONS: Record<string, (args: string[]) => (tokens: TokenStore) => Promise<void>> = {
  create(args) {
    const options = {
      role: { type: "string" },
      days: { type: "string" },
      json: { type: "boolean" },
    } as const;
    const { values, given } = parse(args, options, ["name"]);
    const role = required("--role", values.role);
    const days = numberOption("--days", values.days);
    return async (tokens) => {
      const { token, row } = await tokens.create({
        name: given[0]!,
        role,
        ...(days === undefined ? {} : { days }),
      });
      if (values.json) return print(JSON.stringify({ token, ...row }));
      print(token);
      console.error(`${describeToken(row)}. It is not shown again: only its hash is kept.`);
    };
  },
  list(args) {
    const { values } = parse(args, { json: { type: "boolean" } } as const);
    return async (tokens) => {
      const rows = await tokens.list();
      if (values.json) return print(JSON.stringify(rows));
      for (const row of rows) print(describeToken(row));
      if (rows.length === 0) console.error("there is no token");
    };
  },
  revoke(args) {
    const { given } = parse(args, {}, ["name"]);
    return async (tokens) => print(describeToken(await tokens.revoke(given[0]!)));
  },
};

function describeToken({ name, role, createdAt, expiresAt, revokedAt }: ApiToken): string {
  const parts = [name.padEnd(20), role.padEnd(8), `created ${createdAt.toISOString()}`];
  if (expiresAt) parts.push(`${expiresAt < new Date() ? "expired" : "expires"} ${expiresAt.toISOString()}`);
  if (revokedAt) parts.push(`revoked ${revokedAt.toISOString()}`);
  return parts.join("  ");
}
