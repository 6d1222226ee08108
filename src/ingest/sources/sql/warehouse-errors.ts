import { AsofError, SourceUnreadableError } from "../../../errors/errors.js";

/** Nothing came from the database in time; the connection was given up. */
export class WarehouseSilentError extends Error {}

const REMEDIES: readonly [RegExp, string][] = [
  [/^28/, "refuses the user or password in it; correct its value and start the process again"],
  [/^3D000/, "has no database of that name; correct its value"],
  [/^42501/, "does not let its user read what the statement reads; grant select on it"],
  [/^(25006|25P02)/, "refuses the statement: it would write, and asof only reads"],
  [/^57014/, "did not bring rows within timeoutSeconds; make the statement cheaper, or raise it"],
  [/^(57P|53300|08)/, "is shutting down, full or away; retryRun reads it again"],
  [/^(40|55P03|72)/, "ended the transaction for another one's sake; retryRun reads it again"],
];

/** The codes of sockets and of TLS. */
const NETWORK = /^(E[A-Z]+|ERR_TLS\w*|\w*CERT\w*)$/;

/**
 * What clients see of a failure. A message of the server's is repeated only where it is about the statement: others name users.
 * @param what `orders from WAREHOUSE_URL`
 */
export function unreadableWarehouse(what: string, error: unknown): unknown {
  if (error instanceof AsofError) return error;
  const refuse = (problem: string) => new SourceUnreadableError(`${what}: the database ${problem}`);
  if (error instanceof WarehouseSilentError) return refuse("does not answer; retryRun reads it again");
  const { code = "", message = "" } = error as { code?: string; message?: string };
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  if (remedy) return refuse(`${remedy} (${code})`);
  if (/^[0-9A-Z]{5}$/.test(code) && !NETWORK.test(code))
    return refuse(`refuses the statement: ${message.slice(0, 300)} (${code}); correct it in the definitions`);
  const reason = NETWORK.test(code)
    ? code
    : /^Connection terminated|timeout/i.test(message)
      ? "it was closed"
      : "";
  if (reason === "" && !(error instanceof Error && /ssl|tls|sasl|scram|password/i.test(message)))
    return error;
  return refuse(
    reason === ""
      ? "and this process do not agree on TLS or a password; check its value"
      : `cannot be reached, or the connection was lost (${reason}); check its value and the network, then retryRun reads it again`,
  );
}
