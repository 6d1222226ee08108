import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { maxArtifactBytes, parseArtifact, parseRunId } from "../inputs/tracking-arguments.js";
import { anyBytes, type RouteApi } from "./openapi/route-api.js";
import { requireSameSite } from "./same-site.js";

/** The bytes as the client knows them; others that arrive are refused. */
const digestHeader = "x-asof-sha256";
/** The default of `curl --data` and forms: the bytes would not be the file's. */
const FORMS = /^(application\/x-www-form-urlencoded|multipart\/form-data)/;

const DIGEST = /^[0-9a-f]{64}$/;

const DESCRIBED = {
  tag: "Artifacts",
  summary: "Keep a file with a run",
  description:
    "The file itself is the body, whatever its media type; forms are refused. The same bytes again are the same answer.",
  params: {
    id: { description: "Of a run that was begun from outside and has not ended.", shape: z.uuid() },
    name: { description: "What the file is called." },
  },
  headers: {
    [digestHeader]: {
      description: "SHA-256 of the bytes; others that arrive are refused.",
      shape: z.string().regex(DIGEST),
    },
  },
  body: { "*/*": anyBytes },
  answers: {
    201: {
      description: "It is kept.",
      content: z.object({
        name: z.string(),
        media_type: z.string(),
        bytes: z.int(),
        sha256: z.string().regex(DIGEST),
        url: z.string().describe("Where it is downloaded."),
      }),
    },
  },
  errors: ["RUN_NOT_FOUND", "CONFLICT"],
} as const satisfies RouteApi;

/**
 * `POST /runs/:id/artifacts/:name` with the file as the body, whatever its media type: 201 and
 * {name, media_type, bytes, sha256, url}. The same bytes again are the same answer.
 */
export async function registerUpload(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: maxArtifactBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Params: { id: string; name: string } }>(
      "/runs/:id/artifacts/:name",
      { bodyLimit: maxArtifactBytes, config: { rule: "operator", untimed: true, api: DESCRIBED } },
      async ({ params, headers, body, services }, reply) => {
        requireSameSite(app, { headers }, "artifacts");
        const mediaType = headers["content-type"] ?? "application/octet-stream";
        if (FORMS.test(mediaType)) {
          throw new BadUserInputError(
            `content-type: the file itself was expected as the body; got ${mediaType.split(";")[0]}; curl sends it with --data-binary @file -H 'content-type: application/octet-stream'`,
          );
        }
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const artifact = parseArtifact({ name: params.name, mediaType, bytes });
        const { sha256, ...saved } = await services.tracking.logArtifact(
          parseRunId(params.id),
          artifact,
          parseDigest(headers[digestHeader]),
        );
        return reply.code(201).send({
          name: saved.name,
          media_type: saved.mediaType,
          bytes: saved.bytes,
          sha256,
          url: `/artifacts/${sha256}`,
        });
      },
    );
  });
}

function parseDigest(digest: unknown): string | null {
  if (digest === undefined) return null;
  if (typeof digest === "string" && DIGEST.test(digest)) return digest;
  throw new BadUserInputError(`${digestHeader}: 64 lower-case hexadecimal digits were expected`);
}
