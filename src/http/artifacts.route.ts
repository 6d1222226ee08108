import type { FastifyInstance } from "fastify";
import { ArtifactNotFoundError, BadUserInputError } from "../errors/errors.js";
import type { Services } from "../services.js";

export function registerArtifacts(app: FastifyInstance, { artifacts }: Services): void {
  app.get<{ Params: { sha256: string } }>("/artifacts/:sha256", async ({ params: { sha256 } }, reply) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      throw new BadUserInputError("an artifact is named by its SHA-256, 64 lower-case hexadecimal digits");
    }
    const artifact = await artifacts.read(sha256);
    if (!artifact) throw new ArtifactNotFoundError(sha256);
    // Written by jobs and named by them: always a download, never a page of this origin.
    return reply
      .headers({
        "cache-control": "public, max-age=31536000, immutable",
        "content-disposition": `attachment; filename="${artifact.name.replace(/[^\w.-]/g, "_").slice(-100)}"`,
        "content-security-policy": "default-src 'none'; sandbox",
        etag: `"${sha256}"`,
        "x-content-type-options": "nosniff",
      })
      .type(artifact.mediaType)
      .send(artifact.bytes);
  });
}
