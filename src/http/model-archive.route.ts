import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { parseName } from "../inputs/arguments.js";
import { calendarDate } from "../inputs/fields.js";
import { ARCHIVE_MEMBERS, MAX_ARCHIVE_BYTES } from "../registry/archive/archive.js";
import { tarOf } from "../registry/archive/tar-members.js";
import { sha256Hex } from "../registry/artifact-store.js";
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
      const members = await services.archives.export(model, parseVersion(params.version));
      const manifest = members.find(({ name }) => name === ARCHIVE_MEMBERS.manifest)!;
      const archive = sha256Hex(manifest.bytes);
      recordAnswer(request, `model ${model} version ${params.version}`, { archive });
      const file = `${model.replace(/[^\w.-]/g, "_").slice(-80)}-${params.version}.asof.tar`;
      reply.headers({
        "cache-control": "private, no-cache",
        "content-disposition": `attachment; filename="${file}"`,
        etag: `"${archive}"`,
        "x-content-type-options": "nosniff",
      });
      return reply.type(TAR).send(Readable.from(tarOf(members), { objectMode: false }));
    },
  );
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      TAR,
      { parseAs: "buffer", bodyLimit: MAX_ARCHIVE_BYTES },
      (_request, body, done) => done(null, body),
    );
    scope.post(
      "/models/import",
      {
        bodyLimit: MAX_ARCHIVE_BYTES,
        config: { rule: "operator", models: "inBody", untimed: true, api: IMPORT },
      },
      async (request, reply) => {
        const { query, headers, body, services, identity } = request;
        requireSameSite(app, { headers }, "archives");
        const { as_of } = parseQuery(query);
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const { version, isNew, archive, signedBy } = await services.archives.import(
          bytes,
          { asOf: as_of ?? null },
          identity.actor,
          (model) => requireModelRole(request, [model]),
        );
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
