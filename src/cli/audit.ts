import { userInfo } from "node:os";
import { AuditLog } from "../audit/audit-log.js";
import type { Who } from "../audit/entry.js";
import { exportedLine } from "../audit/exported.js";
import { auditEntries } from "../audit/find-entries.js";
import { openDatabase } from "../db/database.js";
import { type Client, onOneState, withClient } from "../db/pool.js";
import { readConfig } from "../process/config.js";
import { readDeployment } from "../process/load-deployment.js";
import { parseInstant } from "../values/instant.js";
import type { ExitCode, Given } from "./command.js";
import { UsageError } from "./errors.js";

/** JSON Lines, each with all that its hash is made of. That it was exported is the log's last entry then. */
export async function exportAudit(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const [from, to] = [instantOf(given, "from"), instantOf(given, "to")];
  const config = readConfig(env);
  const { definitions } = await readDeployment(config.deployment);
  const database = await openDatabase(config, definitions);
  try {
    await new AuditLog(database.pool).append({
      ...{
        ...machineUser(),
        action: "audit.export",
        subject: null,
        outcome: "DONE",
        code: null,
        answers: null,
      },
      details: { args: { from, to } },
    });
    let entries = 0;
    const print = async (client: Client) => {
      for await (const entry of auditEntries(client, { from, to })) {
        given.print(exportedLine(entry));
        entries++;
      }
    };
    // Old ones may be dropped meanwhile.
    await withClient(database.pool, (client) => onOneState(client, () => print(client)));
    given.note(`${entries} entries`);
    return 0;
  } finally {
    await database.close();
  }
}

function instantOf(given: Given, name: string): Date | null {
  const text = given.text(name);
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant === null)
    throw new UsageError(
      `--${name} ${JSON.stringify(text)}: an instant is expected, such as 2024-01-31T12:00:00Z`,
    );
  return instant;
}

/** Who acts on a command line that needs no server: whoever may write to the database. */
export const machineUser = (): Who => ({
  actor: `command line (${userName()})`,
  role: null,
  requestId: null,
});

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // As in containers, where the number has no name.
    return String(process.getuid?.() ?? "unknown");
  }
}
