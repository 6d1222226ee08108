import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InferenceError } from "./inference-error.js";

/** Of a body as it is sent, and of what it inflates to: 10 000 rows of 200 numbers. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** What is shorter is sent as it is. */
const WORTH_BYTES = 1_024;
/** Speed first: networks inside are fast. */
const LEVEL = 1;

const ENCODINGS = {
  gzip: { inflated: promisify(gunzip), deflated: promisify(gzip) },
  deflate: { inflated: promisify(inflate), deflated: promisify(deflate) },
} as const;
const isEncoding = (name: string): name is keyof typeof ENCODINGS => Object.hasOwn(ENCODINGS, name);

/** Bodies of any type, or none, as bytes; inflated where they are compressed. */
export function registerEncodedBodies(routes: FastifyInstance): void {
  routes.removeAllContentTypeParsers();
  routes.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: MOST_BYTES },
    async (request: FastifyRequest, body: Buffer) => inflatedBody(body, request.headers["content-encoding"]),
  );
}

/** Of a request without a body nothing. */
export const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

async function inflatedBody(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return body;
  if (!isEncoding(name))
    throw new InferenceError(
      415,
      `content-encoding: gzip, deflate or none was expected; got ${JSON.stringify(name.slice(0, 40))}`,
    );
  try {
    return await ENCODINGS[name].inflated(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new InferenceError(413, `the body inflates to more than ${MOST_BYTES} bytes; split the request`);
    throw new InferenceError(400, `the body is no ${name}: ${(error as Error).message.slice(0, 100)}`);
  }
}

/** Compressed where the client takes it, and it is worth it. */
export async function sendEncoded(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
): Promise<Buffer> {
  const vary = reply.getHeader("vary");
  reply.header("vary", vary ? `${vary}, accept-encoding` : "accept-encoding");
  const encoding = body.length < WORTH_BYTES ? null : acceptedEncoding(request.headers["accept-encoding"]);
  if (!encoding) return body;
  reply.header("content-encoding", encoding);
  return ENCODINGS[encoding].deflated(body, { level: LEVEL });
}

function acceptedEncoding(accepted: string | string[] | undefined): keyof typeof ENCODINGS | null {
  for (const each of String(accepted ?? "").split(",", 20)) {
    const [name = "", ...weights] = each.split(";").map((part) => part.trim().toLowerCase());
    if (isEncoding(name) && !weights.some((weight) => /^q=0(\.0*)?$/.test(weight))) return name;
  }
  return null;
}
