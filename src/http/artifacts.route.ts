import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ArtifactNotFoundError, BadUserInputError } from "../errors/errors.js";
import { begunStream } from "./begun-stream.js";
import { anyBytes, type RouteApi } from "./openapi/route-api.js";

/** Pages and data that a browser shows by itself. */
const SHOWN = /^(text\/html|application\/json)\b/;
const SHA256 = /^[0-9a-f]{64}$/;
const PAGE = /^text\/html\b/;

const POLICY = {
  // asof's own reports link to other pages.
  own: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation",
  framed: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox",
  download: "default-src 'none'; sandbox",
} as const;

/** Streams; `Range: bytes=…` of one range is answered with 206, so that an interrupted download goes on. */
export function registerArtifacts(app: FastifyInstance): void {
  app.get<{ Params: { sha256: string } }>(
    "/artifacts/:sha256",
    { config: { rule: "viewer", untimed: true, api: DESCRIBED } },
    async (request, reply) => {
      const { sha256 } = request.params;
      if (!SHA256.test(sha256)) {
        throw new BadUserInputError("an artifact is named by its SHA-256, 64 lower-case hexadecimal digits");
      }
      const artifact = await request.services.artifacts.open(sha256);
      if (!artifact) throw new ArtifactNotFoundError(sha256);
      const { byteLength, name, mediaType, own } = artifact;
      const etag = `"${sha256}"`;
      // What asof wrote to be read is shown, without scripts and as of no origin. Whatever clients logged is a download;
      // a page of theirs is also shown within the console, in a frame that browsers alone can ask for.
      const framed = PAGE.test(mediaType) && request.headers["sec-fetch-dest"] === "iframe";
      const shown = own && SHOWN.test(mediaType) ? "own" : framed ? "framed" : "download";
      const file = name.replace(/[^\w.-]/g, "_").slice(-100);
      const ifRange = request.headers["if-range"];
      const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
      const range = asked === undefined ? null : parseRange(asked, byteLength);
      const { start, end } = range && range !== "unsatisfiable" ? range : { start: 0, end: byteLength - 1 };
      // Before anything is said of the answer: an error is none to be kept for a year.
      const body = range === "unsatisfiable" ? null : await begunStream(artifact.read(start, end));
      reply
        .headers({
          "accept-ranges": "bytes",
          "cache-control": "private, max-age=31536000, immutable",
          "content-disposition": `${shown === "download" ? "attachment" : "inline"}; filename="${file}"`,
          "content-security-policy": POLICY[shown],
          etag,
          vary: "sec-fetch-dest",
          "x-content-type-options": "nosniff",
        })
        .type(mediaType);
      if (body === null) {
        return reply.code(416).header("content-range", `bytes */${byteLength}`).send();
      }
      if (range) reply.code(206).header("content-range", `bytes ${start}-${end}/${byteLength}`);
      reply.header("content-length", end - start + 1);
      // HEAD is answered by the same route, without its body.
      return reply.send(body);
    },
  );
}

const DESCRIBED = {
  tag: "Artifacts",
  summary: "A file of a run",
  description:
    "One range of bytes can be asked for, so that an interrupted download goes on; several are answered with the whole.",
  params: {
    sha256: {
      description: "SHA-256 of its bytes, 64 lower-case hexadecimal digits.",
      shape: z.string().regex(SHA256),
    },
  },
  headers: {
    range: { description: "Such as bytes=1000-." },
    "if-range": { description: "The etag of what is there already; another is answered with the whole." },
  },
  answers: {
    200: { description: "The file.", content: { "*/*": anyBytes }, headers: { etag: "Its SHA-256." } },
    206: {
      description: "The range.",
      content: { "*/*": anyBytes },
      headers: { "content-range": "Which bytes these are." },
    },
    416: {
      description: "The range begins behind its end.",
      headers: { "content-range": "How many bytes there are." },
    },
  },
  errors: ["ARTIFACT_NOT_FOUND"],
} as const satisfies RouteApi;

/** The one range of RFC 9110 §14.2; null, answered with the whole, where it is none or several. */
function parseRange(
  header: string,
  byteLength: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const [, first, last] = match as unknown as [string, string, string];
  const start = first === "" ? Math.max(0, byteLength - Number(last)) : Number(first);
  const end = first === "" || last === "" ? byteLength - 1 : Math.min(Number(last), byteLength - 1);
  if (first !== "" && last !== "" && Number(last) < start) return null;
  return start >= byteLength || start > end ? "unsatisfiable" : { start, end };
}
