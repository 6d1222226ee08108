import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { errorCodes, type FastifyInstance, type FastifyReply } from "fastify";
import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { SlowClientError } from "../errors/limit-errors.js";
import { parseName } from "../inputs/arguments.js";
import { calendarDate } from "../inputs/fields.js";
import { ARCHIVE_MEMBERS, MAX_ARCHIVE_BYTES } from "../registry/archive/archive.js";
import { type Member, tarOf } from "../registry/archive/tar-members.js";
import { sha256Hex } from "../registry/artifact-store.js";
import type { ClientPace } from "../services/model-services.js";
import { shapeProblem } from "../values/shape-problem.js";
import { recordAnswer } from "./audit.js";
import { requireModelRole } from "./auth.js";
import { anyBytes, type RouteApi } from "./openapi/route-api.js";
import { requireSameSite } from "./same-site.js";

const TAR = "application/x-tar";

/** `GET /models/:model/versions/:version/export`, and `POST /models/import` with such a file as the body. */
export async function registerModelArchives(app: FastifyInstance): Promise<void> {
  app.get<{ Params: { model: string; version: string } }>(
    "/models/:model/versions/:version/export",
    {
      config: {
        rule: "operator",
        models: ({ params }) => [(params as { model: string }).model],
        ...{ untimed: true, onRecord: true, api: EXPORT },
      },
    },
    async (request, reply) => {
      const { params, services } = request;
      const model = parseName(params.model, "model");
      const file = `${model.replace(/[^\w.-]/g, "_").slice(-80)}-${params.version}.asof.tar`;
      await services.archives.export(model, parseVersion(params.version), async (members) => {
        const manifest = members.find(({ name }) => name === ARCHIVE_MEMBERS.manifest)!;
        const archive = sha256Hex(manifest.bytes);
        recordAnswer(request, `model ${model} version ${params.version}`, { archive });
        reply.headers({
          "cache-control": "private, no-cache",
          "content-disposition": `attachment; filename="${file}"`,
          etag: `"${archive}"`,
          "x-content-type-options": "nosniff",
        });
        await sendWhole(reply.type(TAR), members, services.archives.pace);
      });
      return reply;
    },
  );
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // As it comes: nothing of it is read before its turn.
    scope.addContentTypeParser(TAR, (_request, payload, done) => done(null, payload));
    scope.post(
      "/models/import",
      {
        bodyLimit: MAX_ARCHIVE_BYTES,
        config: { rule: "operator", models: "inBody", untimed: true, streamed: true, api: IMPORT },
      },
      async (request, reply) => {
        const { query, headers, body, services, identity } = request;
        requireSameSite(app, { headers }, "archives");
        const { as_of } = parseQuery(query);
        if (Number(headers["content-length"] ?? 0) > MAX_ARCHIVE_BYTES)
          throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
        const file = body instanceof Readable ? body : Readable.from([]);
        const chunks: AsyncIterator<Buffer> & AsyncIterable<Buffer> = file.iterator({
          destroyOnReturn: false,
        });
        const { version, isNew, archive, signedBy } = await services.archives
          .import(chunks, { asOf: as_of ?? null }, identity.actor, (model) =>
            requireModelRole(request, [model]),
          )
          // What is refused before its end is read to it, so that the client gets the answer; of who is too slow nothing more is.
          .catch((error) => {
            if (error instanceof SlowClientError) reply.header("connection", "close");
            else void chunks.return?.().then(() => file.resume());
            throw error;
          });
        recordAnswer(request, `model ${version.model} version ${version.version}`, {
          ...{ isNew, archive, signedBy, runId: version.judgedBy },
        });
        return reply.code(isNew ? 201 : 200).send({
          ...{ model: version.model, version: version.version, is_new: isNew, status: version.status },
          ...{ archive, sha256: version.sha256, run: version.judgedBy },
        });
      },
    );
  });
}

/**
 * A client that takes it too slowly is cut off: others wait for their turn.
 * @returns once it is taken, or nobody takes it any more
 */
async function sendWhole(
  reply: FastifyReply,
  members: readonly Member[],
  { silenceMs, wholeMs }: ClientPace,
): Promise<void> {
  const { raw } = reply;
  const whole = setTimeout(() => raw.destroy(), wholeMs);
  const watched = async function* () {
    for await (const part of tarOf(members)) {
      const timer = setTimeout(() => raw.destroy(), silenceMs);
      try {
        yield part;
      } finally {
        clearTimeout(timer);
      }
    }
  };
  const body = Readable.from(watched(), { objectMode: false });
  const done = Promise.race([finished(body), finished(raw)]).catch(() => {});
  reply.send(body);
  await done;
  clearTimeout(whole);
  body.destroy();
}

function parseVersion(text: string): number {
  const version = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (version > 0) return version;
  throw new BadUserInputError(
    `version: a whole number from 1 was expected; got ${JSON.stringify(text.slice(0, 40))}`,
    { argument: "version" },
  );
}

const queryShape = z.strictObject({
  as_of: calendarDate()
    .optional()
    .describe("Of the snapshot that it is judged on; the newest with labels unless given."),
});

function parseQuery(query: unknown): z.output<typeof queryShape> {
  const parsed = queryShape.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "query"}: ${shapeProblem(issue)}`,
  );
  throw new BadUserInputError(`the query cannot be used: ${problems.join("; ")}`);
}

const EXPORT = {
  tag: "Models",
  summary: "A version as a file",
  description:
    "A tar with the model, what was measured of it and what it was made of, by hashes; no row of anybody. The same version is the same file. `POST /models/import` of another deployment takes it.",
  params: {
    model: { description: "What the model is called." },
    version: { description: "Its number.", shape: z.string().regex(/^\d{1,9}$/) },
  },
  answers: {
    200: {
      description: "The archive.",
      content: { [TAR]: anyBytes },
      headers: { etag: "SHA-256 of its manifest." },
    },
  },
  errors: ["MODEL_NOT_FOUND", "CONFLICT", "MODEL_NOT_SERVABLE"],
} as const satisfies RouteApi;

const IMPORT = {
  tag: "Models",
  summary: "Register a version of another deployment",
  description:
    "The archive itself is the body. Every file in it is held against its hash; then the version is judged on this deployment's own rows, as one that was trained elsewhere. The same version again is the one that is there.",
  query: queryShape,
  body: { [TAR]: anyBytes },
  answers: Object.fromEntries(
    [
      [201, "It is registered."],
      [200, "It was there already."],
    ].map(([status, description]) => [
      status,
      {
        description,
        content: z.object({
          model: z.string(),
          version: z.int(),
          is_new: z.boolean(),
          status: z.enum(["PENDING", "READY", "FAILED"]).describe("PENDING: its run is judging it still."),
          archive: z.string().describe("SHA-256 of the archive's manifest."),
          sha256: z.string().nullable().describe("Of the ONNX file."),
          run: z.string().nullable().describe("The run that judges it."),
        }),
      },
    ]),
  ),
  errors: ["MODEL_NOT_FOUND", "SNAPSHOT_NOT_FOUND", "CONFLICT", "DROPPED", "SERVICE_BUSY"],
} as const satisfies RouteApi;
