import { request } from "node:http";
import { expect } from "vitest";

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer | string;
}

export interface Answer {
  status: number;
  text: string;
}

/** After this a request counts as hanging. */
const hangsAfterMs = 20_000;

/** One request on a connection of its own, as whatever bytes: `fetch` would refuse or mend some. */
export function send(address: string, { method, path, headers, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(address);
  // Without its length the body of a HEAD or GET would be read as the next request.
  const framed =
    body === undefined ? headers : { ...headers, "content-length": `${Buffer.byteLength(body)}` };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(hangsAfterMs);
    const sent = request(
      { hostname, port, method, path, headers: framed, signal, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

/** What no client is told: stacks, places, statements. */
const LEAKS =
  /\.(ts|js|mjs):\d+|node_modules|\bat \w+ \(|\bENOENT\b|relation "|column ".*" (of|does)|syntax error at or near/;

/** An answer to whatever a client made up while all parts are well: no failure of ours, and no word of the inside. */
export function expectAnswered({ status, text }: Answer, secrets: readonly string[]): void {
  const told = text.slice(0, 2_000);
  // 503 is what no Production model is told by.
  if (status === 503) expect(told).toContain("NO_PRODUCTION_MODEL");
  else expect(status, told).toBeLessThan(500);
  expect(text).not.toMatch(/"code":"(INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE)"/);
  const errors = text.match(/"message":"(\\.|[^"\\])*"/g)?.join("\n") ?? "";
  expect(errors).not.toMatch(LEAKS);
  for (const secret of secrets) expect(text).not.toContain(secret);
}
