import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { projectFile } from "../values/project-root.js";
import { undocumented } from "./openapi/route-api.js";
import { sendUnknownRoute } from "./rest-error.js";

/** What `npm run build` makes of `console/`. */
const BUILT = projectFile("dist/console");
const PAGE = join(BUILT, "index.html");

const FILE = { rule: "public", api: undocumented("a file of the console") } as const;

/**
 * The console, at `/` and at every address that a browser opens and that is no route: its pages have addresses of their own.
 * Its files have their content's hash in their names and never change. A source tree that was not built has no console.
 */
export async function registerConsole(app: FastifyInstance, basePath: string): Promise<void> {
  if (!existsSync(PAGE)) {
    app.setNotFoundHandler(sendUnknownRoute);
    return;
  }
  const html = (await readFile(PAGE, "utf8")).replace('<base href="/" />', `<base href="${basePath}/" />`);
  await app.register(fastifyStatic, { root: BUILT, serve: false, preCompressed: true });
  app.get<{ Params: { "*": string } }>("/assets/*", { config: FILE }, (request, reply) =>
    reply.sendFile(`assets/${request.params["*"]}`, { maxAge: "365d", immutable: true }),
  );
  app.get("/icon.svg", { config: FILE }, (_request, reply) => reply.sendFile("icon.svg"));
  app.get("/", { config: FILE }, (_request, reply) => sendPage(reply, html));
  app.setNotFoundHandler((request, reply) =>
    opensPage(request) ? sendPage(reply, html) : sendUnknownRoute(request, reply),
  );
}

/**
 * The page of a feature view, `/features/usage_30d`, has the address of a REST route, the features of one entity: a browser that
 * opens it wants the page, and gets it at `/`. So does a browser whose address cannot be decoded, `/users/%E0%A4%A`: the page says
 * what is not there, and leads on. Programs do not ask for HTML.
 */
export function addressOfPage({ method, headers }: IncomingMessage, url: string): string {
  if (method !== "GET" || !asksForHtml(headers) || !existsSync(PAGE)) return url;
  return /^\/features\/[^/?]+(\?|$)/.test(url) || !isDecodable(url) ? "/" : url;
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split("?", 1)[0]!);
    return true;
  } catch {
    return false;
  }
}

const asksForHtml = ({ accept }: IncomingHttpHeaders): boolean => (accept ?? "").includes("text/html");

/** A browser that follows a link. A file that is gone is no page: a tab of an earlier release must not take HTML for a script. */
const opensPage = ({ method, url, headers }: FastifyRequest): boolean =>
  method === "GET" && !url.startsWith("/assets/") && asksForHtml(headers);

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
