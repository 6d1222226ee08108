import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Deployment } from "../definitions/language/deployment.js";
import { projectFile } from "../values/project-root.js";
import { examplesFor, tabsOf } from "./examples.js";

const examplesFile = projectFile("examples/main-job.graphql");
/** What `npm run build` makes of `console/playground.html`. Its scripts and styles are files of the console's. */
const pageFile = projectFile("dist/console/playground.html");

const NOT_BUILT =
  "<!doctype html><title>asof</title><p>The playground is not built: <code>npm run build</code> makes it.</p>";

/** A browser that opens the page, with or without a query in the address: it wants a page either way. */
export function asksForPlayground({ headers, ws }: FastifyRequest): boolean {
  return !ws && (headers.accept ?? "").includes("text/html");
}

/** GraphiQL, with a tab for each step of the main job in the words of the deployment. */
export async function createPlayground(
  definitions: Deployment,
): Promise<(request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>> {
  const page = existsSync(pageFile) ? await readFile(pageFile, "utf8") : NOT_BUILT;
  const tabs = tabsOf(examplesFor(await readFile(examplesFile, "utf8"), definitions)).map((query) => ({
    query,
  }));
  // Within a script element nothing may look like its end.
  const data = JSON.stringify(tabs).replaceAll("<", "\\u003c");
  const html = page.replace(
    /(<script id="tabs" type="application\/json">)\[\]/,
    (_, open: string) => open + data,
  );
  const gzipped = await promisify(gzip)(html);
  const etag = `"${createHash("sha256").update(html).digest("base64")}"`;
  return async (request, reply) => {
    reply.headers({
      "cache-control": "no-cache",
      etag,
      vary: "accept, accept-encoding",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
    });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    reply.type("text/html; charset=utf-8");
    if (!/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) return reply.send(html);
    return reply.header("content-encoding", "gzip").send(gzipped);
  };
}

/** Whatever the page's code would like to load, it gets it from here or not at all. The editor makes styles as it runs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
