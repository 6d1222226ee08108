import type { FastifyInstance } from "fastify";
import { AsofError, BadUserInputError } from "../errors/errors.js";
import { maxArtifactBytes, parseArtifact, parseRunId } from "../inputs/tracking-arguments.js";
import type { Services } from "../services/services.js";

/** The bytes as the client knows them; others that arrive are refused. */
const digestHeader = "x-asof-sha256";
/** The default of `curl --data` and forms: the bytes would not be the file's. */
const FORMS = /^(application\/x-www-form-urlencoded|multipart\/form-data)/;

/**
 * `POST /runs/:id/artifacts/:name` with the file as the body, whatever its media type: 201 and
 * {name, media_type, bytes, sha256, url}. The same bytes again are the same answer.
 */
export async function registerUpload(app: FastifyInstance, { tracking }: Services): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: maxArtifactBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Params: { id: string; name: string } }>(
      "/runs/:id/artifacts/:name",
      { bodyLimit: maxArtifactBytes, config: { rule: "operator", untimed: true } },
      async ({ params, headers, body }, reply) => {
        if (!app.allowsOrigin(headers.origin)) requireSameSite(headers["sec-fetch-site"]);
        const mediaType = headers["content-type"] ?? "application/octet-stream";
        if (FORMS.test(mediaType)) {
          throw new BadUserInputError(
            `content-type: the file itself was expected as the body; got ${mediaType.split(";")[0]}; curl sends it with --data-binary @file -H 'content-type: application/octet-stream'`,
          );
        }
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const artifact = parseArtifact({ name: params.name, mediaType, bytes });
        const { sha256, ...saved } = await tracking.logArtifact(
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

/** A page of another site can send a body here without being asked first, unlike JSON to the other routes. */
function requireSameSite(site: unknown): void {
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new AsofError("FORBIDDEN", "artifacts are not taken from pages of other sites");
}

function parseDigest(digest: unknown): string | null {
  if (digest === undefined) return null;
  if (typeof digest === "string" && /^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new BadUserInputError(`${digestHeader}: 64 lower-case hexadecimal digits were expected`);
}
