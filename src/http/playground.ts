import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Deployment } from "../definitions/language/deployment.js";
import { projectFile } from "../values/project-root.js";
import { examplesFor } from "./examples.js";

const examplesFile = projectFile("examples/main-job.graphql");

interface Playground {
  html: string;
  gzipped: Buffer;
  etag: string;
  policy: string;
}

/** A browser that opens the page, with or without a query in the address: it wants a page either way. */
export function asksForPlayground({ headers, ws }: FastifyRequest): boolean {
  return !ws && (headers.accept ?? "").includes("text/html");
}

/**
 * GraphiQL out of the installed package, with the examples in its first tab. The page is 9 MB, so it is
 * built when the first browser comes and kept.
 */
export async function createPlayground(
  definitions: Deployment,
  basePath: string,
): Promise<(request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>> {
  const examples = examplesFor(await readFile(examplesFile, "utf8"), definitions);
  let page: Promise<Playground> | undefined;
  return async (request, reply) => {
    page ??= render(examples, `${basePath}/graphql`);
    const { html, gzipped, etag, policy } = await page;
    reply.headers({
      "cache-control": "no-cache",
      etag,
      vary: "accept, accept-encoding",
      "content-security-policy": policy,
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

/**
 * The page would copy each edit into the address, and a reload of a long document then exceed what a server
 * reads of a request's head. GraphiQL keeps the tabs in the browser's storage anyway.
 */
const withoutQueryInAddress = { onEditQuery: null };

async function render(examples: string, endpoint: string): Promise<Playground> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({
    title: "asof",
    endpoint,
    subscriptionsProtocol: "WS",
    defaultQuery: examples,
    defaultTabs: [{ query: examples }],
    defaultEditorToolsVisibility: false,
    ...withoutQueryInAddress,
  });
  const hash = (text: string | Buffer) => createHash("sha256").update(text).digest("base64");
  const script = html.slice(html.indexOf("<script>") + "<script>".length, html.lastIndexOf("</script>"));
  return {
    html,
    gzipped: await promisify(gzip)(html),
    etag: `"${hash(html)}"`,
    policy: contentSecurityPolicy(hash(script)),
  };
}

/** Whatever the page's code would like to load, it gets it from here or not at all. */
function contentSecurityPolicy(scriptHash: string): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src data:",
    "connect-src 'self' ws: wss:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
