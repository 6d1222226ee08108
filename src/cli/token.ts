import { AuditLog } from "../audit/audit-log.js";
import { audited } from "../audit/audited.js";
import { type ApiToken, TokenStore, tokenState } from "../auth/token-store.js";
import { openDatabase } from "../db/database.js";
import { AsofError } from "../errors/errors.js";
import { readConfig } from "../process/config.js";
import { readDeployment } from "../process/load-deployment.js";
import { machineUser } from "./audit.js";
import type { ExitCode, Given } from "./command.js";
import { CommandError } from "./errors.js";

export const createToken = (given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> =>
  withTokens(env, async (tokens, change) => {
    const [name, role, days] = [given.text("name")!, given.text("role")!, given.number("days")];
    const asked = {
      name,
      role,
      modelRoles: Object.fromEntries(given.list<readonly [string, string]>("model-role")),
      protocolRoles: Object.fromEntries(given.list<readonly [string, string]>("protocol-role")),
      seesPersonal: given.flag("sees-personal"),
      ...(days === undefined ? {} : { days }),
    };
    const { token, row } = await change("token.create", asked, () => tokens.create(asked));
    if (given.flag("json")) return given.print(JSON.stringify({ token, ...row }));
    given.print(token);
    given.note(`${describeToken(row)}. It is not shown again: only its hash is kept.`);
  });

export const listTokens = (given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> =>
  withTokens(env, async (tokens) => {
    const rows = await tokens.list();
    if (given.flag("json")) return given.print(JSON.stringify(rows));
    for (const row of rows) given.print(describeToken(row));
    if (rows.length === 0) given.note("there is no token");
  });

export const revokeToken = (given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> =>
  withTokens(env, async (tokens, change) => {
    const name = given.text("name")!;
    given.print(describeToken(await change("token.revoke", { name }, () => tokens.revoke(name))));
  });

/** Does something to a token between two entries of the audit log. */
type Change = <T>(action: string, args: { name: string }, work: () => Promise<T>) => Promise<T>;

/** @param env what names the database: as the server's */
async function withTokens(
  env: NodeJS.ProcessEnv,
  work: (tokens: TokenStore, change: Change) => Promise<void>,
): Promise<ExitCode> {
  const config = readConfig(env);
  const { definitions } = await readDeployment(config.deployment);
  const database = await openDatabase(config, definitions);
  const tokens = new TokenStore(database.pool);
  const audit = new AuditLog(database.pool);
  const change: Change = (action, args, work) => {
    const act = { ...machineUser(), action, subject: `token ${args.name}`, args };
    return audited(audit, act, work, { answer: () => null, state: () => tokenState(tokens, args.name) });
  };
  try {
    await work(tokens, change);
    return 0;
  } catch (error) {
    throw error instanceof AsofError ? new CommandError(`${error.code}: ${error.message}`) : error;
  } finally {
    await database.close();
  }
}

function describeToken({
  name,
  person,
  role,
  modelRoles,
  protocolRoles,
  seesPersonal,
  createdAt,
  expiresAt,
  revokedAt,
}: ApiToken): string {
  const parts = [name.padEnd(20), role.padEnd(8), `created ${createdAt.toISOString()}`];
  if (person) parts.push(`of ${person}`);
  for (const [model, given] of Object.entries(modelRoles)) parts.push(`${given} of ${model}`);
  for (const [protocol, given] of Object.entries(protocolRoles)) parts.push(`${given} by ${protocol}`);
  if (seesPersonal) parts.push("sees personal columns");
  if (expiresAt) parts.push(`${expiresAt < new Date() ? "expired" : "expires"} ${expiresAt.toISOString()}`);
  if (revokedAt) parts.push(`revoked ${revokedAt.toISOString()}`);
  return parts.join("  ");
}
