import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { projectFile } from "../values/project-root.js";
import { sendUnknownRoute } from "./rest-error.js";

/** What `npm run build` makes of `console/`. */
const BUILT = projectFile("dist/console");

/**
 * The console, at `/` and at every address that a browser opens and that is no route: its pages have addresses of their own.
 * Its files have their content's hash in their names and never change. A source tree that was not built has no console.
 */
export async function registerConsole(app: FastifyInstance, basePath: string): Promise<void> {
  const page = join(BUILT, "index.html");
  if (!existsSync(page)) {
    app.setNotFoundHandler(sendUnknownRoute);
    return;
  }
  const html = (await readFile(page, "utf8")).replace('<base href="/" />', `<base href="${basePath}/" />`);
  await app.register(fastifyStatic, { root: BUILT, serve: false, preCompressed: true });
  app.get<{ Params: { "*": string } }>("/assets/*", { config: { rule: "public" } }, (request, reply) =>
    reply.sendFile(`assets/${request.params["*"]}`, { maxAge: "365d", immutable: true }),
  );
  app.get("/icon.svg", { config: { rule: "public" } }, (_request, reply) => reply.sendFile("icon.svg"));
  app.get("/", { config: { rule: "public" } }, (_request, reply) => sendPage(reply, html));
  app.setNotFoundHandler((request, reply) =>
    opensPage(request) ? sendPage(reply, html) : sendUnknownRoute(request, reply),
  );
}

/** A browser that follows a link. A file that is gone is no page: a tab of an earlier release must not take HTML for a script. */
const opensPage = ({ method, url, headers }: FastifyRequest): boolean =>
  method === "GET" && !url.startsWith("/assets/") && (headers.accept ?? "").includes("text/html");

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  const nonce = randomBytes(16).toString("base64");
  return reply
    .headers({
      "cache-control": "no-cache",
      "content-security-policy": policy(nonce),
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
    })
    .type("text/html; charset=utf-8")
    .send(html.replace('nonce=""', `nonce="${nonce}"`));
}

/** Scripts come from here alone. Styles that are made while the page runs carry the nonce. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-src 'self'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
