import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { type DestinationStream, pino } from "pino";
import { afterEach } from "vitest";
import { buildHttpApp, type Facade } from "../../src/http/app.js";
import type { Services } from "../../src/services/services.js";
import { fakeServices } from "../support/fake-services.js";

const running: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});

/** The app over fakes, closed after the test; its log lines are collected. */
export async function startApp(
  parts: Partial<Services> = {},
  services = fakeServices(parts),
  facades: readonly Facade[] = [],
) {
  const lines: string[] = [];
  const stream: DestinationStream = { write: (line) => void lines.push(line) };
  const logger: FastifyBaseLogger = pino({ level: "info" }, stream);
  const app = await buildHttpApp(services, { logger, facades });
  running.push(app);
  return { app, lines };
}

/** The same on a free port. */
export async function listen(parts: Partial<Services> = {}) {
  const started = await startApp(parts);
  const url = await started.app.listen({ host: "127.0.0.1", port: 0 });
  return { ...started, url };
}

interface Answer {
  data?: any;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
}

/** One operation over HTTP. */
export async function query(
  app: FastifyInstance,
  operation: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await app.inject({
    method: "POST",
    url: "/graphql",
    headers,
    payload: { query: operation, variables },
  });
  return response.json();
}
