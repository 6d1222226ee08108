import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { RunNotFoundError } from "../../errors/errors.js";
import { begunStream } from "../../http/begun-stream.js";
import { undocumented } from "../../http/openapi/route-api.js";
import type { FileOwner } from "../../registry/files/file-owner.js";
import { filePath } from "../../registry/files/file-path.js";
import type { FolderEntry } from "../../registry/files/file-tree.js";
import type { FileService } from "../../services/model-services.js";
import { type ArtifactPlace, decodedPath, placeOf } from "./artifact-place.js";
import { MLFLOW_API } from "./mlflow-api.js";
import { invalid, MlflowError } from "./mlflow-error.js";
import { type MlflowResource, mlflowRoute } from "./resource.js";
import { runInfo, runOf, runShape } from "./run.codec.js";
import { optional } from "./shapes.js";

const PROXIES = ["/api/2.0/mlflow-artifacts", "/api/3.0/mlflow-artifacts"];
/** A client that sends nothing for so long is cut off. */
const SILENCE_MS = 60_000;
const OCTETS = "application/octet-stream";

/** Files of runs, logged models and model versions: stored and handed back as they came, never opened here. */
export const artifactResource: MlflowResource = {
  routes: [
    mlflowRoute({
      method: "GET",
      path: "/mlflow/artifacts/list",
      rule: "viewer",
      shape: runShape.extend({ path: optional(z.string()) }),
      answer: async ({ runs, files }, { path, ...given }) => {
        const id = runOf(given);
        const [run] = await runs.findByIds([id]);
        if (!run) throw new RunNotFoundError(id);
        return {
          root_uri: runInfo(run).artifact_uri,
          files: await listFolder(files, { kind: "run", id }, path),
        };
      },
    }),
  ],
  register(scope) {
    for (const prefix of PROXIES) {
      scope.register(async (inner) => registerProxy(inner), { prefix });
    }
  },
};

/** One level of what an owner has, each by its path from the owner's root. */
export async function listFolder(files: FileService, owner: FileOwner, path: string | undefined) {
  const folder = path ? filePath(path.replace(/\/$/, "").split("/")) : null;
  const listed = await files.list(owner, folder);
  return listed.map((entry) => listing(entry, folder === null ? entry.name : `${folder}/${entry.name}`));
}

const listing = ({ isFolder, bytes }: FolderEntry, path: string) =>
  isFolder ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes };

function registerProxy(scope: FastifyInstance): void {
  // The body is the file, whatever its media type.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, body, done) => done(null, body));

  scope.put(
    "/artifacts/*",
    { config: { rule: "operator", basic: true, untimed: true, streamed: true, api: MLFLOW_API.saveFile } },
    async (request, reply) => {
      const { owner, path } = requireFile(placeIn(request));
      request.raw.setTimeout(SILENCE_MS, () => request.raw.destroy());
      const body = request.body instanceof Readable ? request.body : Readable.from([]);
      await request.services.files.save(owner, path, mediaTypeOf(request.headers["content-type"]), body);
      return reply.code(200).send();
    },
  );

  scope.get(
    "/artifacts/*",
    { config: { rule: "viewer", basic: true, untimed: true, api: MLFLOW_API.openFile } },
    async (request, reply) => {
      const { owner, path } = requireFile(placeIn(request));
      const file = await request.services.files.open(owner, path);
      if (!file) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `there is no file ${JSON.stringify(path)}`);
      return sendFile(reply, path, file.byteLength, file.read(0, file.byteLength - 1));
    },
  );

  scope.get<{ Querystring: { path?: unknown } }>(
    "/artifacts",
    { config: { rule: "viewer", basic: true, api: MLFLOW_API.listFiles } },
    async ({ query, services: { files } }) => {
      if (typeof query.path !== "string") throw invalid("path: the place of a folder was expected");
      const { owner, path } = placeOf(query.path);
      return { files: (await files.list(owner, path)).map((entry) => listing(entry, entry.name)) };
    },
  );

  scope.delete(
    "/artifacts/*",
    { config: { rule: "operator", basic: true, api: MLFLOW_API.removeFile } },
    async (request) => {
      const { owner, path } = requireFile(placeIn(request));
      const removed = await request.services.files.remove(owner, path, request.identity.actor);
      if (removed === 0)
        throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `there is no file ${JSON.stringify(path)}`);
      return {};
    },
  );

  const api = undocumented("uploads in parts and presigned addresses are answered NOT_IMPLEMENTED");
  for (const url of ["/mpu/*", "/presigned/*"]) {
    scope.all(url, { config: { rule: "viewer", basic: true, api } }, async () => {
      throw new MlflowError(
        "NOT_IMPLEMENTED",
        "files come whole, by PUT mlflow-artifacts/artifacts/<path>, of any size",
      );
    });
  }
}

/** Decoded once, as it was sent: the router's own parameter would be decoded by its rules. */
function placeIn({ raw }: FastifyRequest): ArtifactPlace {
  const [path] = raw.url!.split("?", 1);
  const marker = "/mlflow-artifacts/artifacts/";
  return placeOf(decodedPath(path!.slice(path!.indexOf(marker) + marker.length)));
}

function requireFile({ owner, path }: ArtifactPlace): { owner: ArtifactPlace["owner"]; path: string } {
  if (path !== null) return { owner, path };
  throw invalid("the path names no file below `artifacts`");
}

const mediaTypeOf = (header: string | undefined): string =>
  header && /^[\w.+-]{1,50}\/[\w.+-]{1,50}$/.test(header) ? header : OCTETS;

/** A download whatever it is: no browser shows it, or runs what is in it. */
async function sendFile(
  reply: FastifyReply,
  path: string,
  length: number,
  bytes: AsyncGenerator<Buffer, void, undefined>,
): Promise<FastifyReply> {
  const body = await begunStream(bytes);
  const name = path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/[^\w.-]/g, "_")
    .slice(-100);
  return reply
    .headers({
      "content-disposition": `attachment; filename="${name}"`,
      "content-length": length,
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    })
    .type(OCTETS)
    .send(body);
}
