import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { GraphQLClient } from "./graphql.js";

/** Those that `npm run test:clients` was asked for; in any other run none. */
export const askedClients = (process.env.CLIENTS ?? "").split(",").filter((name) => name !== "");

/** What a program of the client's environment printed. What it keeps beside its answer stays in its own folder. */
export async function runOfClient(
  client: string,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = resolve(".clients", client);
  const env = { ...process.env, ...environment };
  const options = { maxBuffer: 64 * 2 ** 20, cwd: folder, env };
  const { stdout } = await promisify(execFile)(join(folder, "bin", program), args, options).catch(
    (failed: { message: string; stdout?: string; stderr?: string }) => {
      const said = [failed.stdout, failed.stderr].join("\n").trim() || failed.message;
      throw new Error(`${program} ${args[0]} ended with a failure:\n${said}`);
    },
  );
  return stdout;
}

/** A new token. The first that is made closes an open server to who has none: an admin's. */
export async function tokenOf(address: string, role: string, by?: string): Promise<string> {
  const create =
    "mutation($name: String!, $role: Role!) { createToken(name: $name, role: $role) { secret } }";
  const asking = new GraphQLClient(address, "tester", by);
  return (await asking.query(create, { name: randomUUID(), role })).createToken.secret;
}
