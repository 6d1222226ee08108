import { once } from "node:events";
import { Socket } from "node:net";
import { PassThrough, Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { requireRole } from "../auth/rules.js";
import { BadUserInputError } from "../errors/errors.js";
import { fileFormats } from "../ingest/formats/registry.js";
import { jsonRows } from "../inputs/json-rows.js";
import { JOIN_MANIFEST, JOINED_FILES } from "../jobs/join/join-params.js";
import type { JoinAnswer } from "../services/historical.js";
import type { CommonServices } from "../services/services.js";
import { ANSWERED_BYTES, DESCRIBED_JOIN, formatOfBody, parseJoinQuery } from "./historical-api.js";

/** A client that sends nothing for so long is cut off: the file itself may take as long as it takes. */
const SILENCE_MS = 60_000;

/**
 * `POST /historical-features?service=churn` with a file of keys and dates as the body: JSON, JSON Lines, CSV, Parquet or
 * Arrow. Answers with the joined features as Parquet or Arrow; of a larger file, or with `run=true`, with 202 and the run that
 * joins it.
 */
export async function registerHistoricalFeatures(
  app: FastifyInstance,
  { config: { maxFileBytes } }: CommonServices,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // As it comes: a large one is never held.
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    const settings = { rule: "viewer", untimed: true, streamed: true, api: DESCRIBED_JOIN } as const;
    scope.post(
      "/historical-features",
      { bodyLimit: maxFileBytes, config: settings },
      async (request, reply) => {
        const { query, headers, identity, services } = request;
        const { options, asRun } = parseJoinQuery(query, headers.accept);
        const named = formatOfBody(headers["content-type"], headers["content-encoding"]);
        refuseLarge(headers["content-length"], maxFileBytes);
        cutOffSilence(request);
        const body = request.body instanceof Readable ? request.body : Readable.from([]);
        const { held, more } = await upTo(body, ANSWERED_BYTES);
        try {
          if (named === null && more !== null) {
            throw new BadUserInputError(
              `the body: a JSON list has at most ${ANSWERED_BYTES} bytes; send more as application/jsonl, text/csv, Parquet or Arrow`,
            );
          }
          const format = named ?? fileFormats.get("jsonl");
          const whole = more === null ? Buffer.concat(held) : null;
          const file = whole && named === null ? jsonRows(whole) : whole;
          const answer = file && !asRun ? await services.historical.answer(format, file, options) : null;
          if (answer) return stream(request, reply, answer);
          requireRole(identity, "operator", "a run that joins a file");
          const chunks = file ? rejoined([file], null) : rejoined(held, more);
          const run = await services.historical.begin(format, chunks, options, identity.actor);
          const { name } = options.to === "LAKE" ? JOIN_MANIFEST : JOINED_FILES[options.format];
          return reply.code(202).send({ run: run.id, status: run.status, file: name });
        } finally {
          // What is refused before its end is read to it: the client gets the answer, and its connection goes on.
          if (more) void more.return?.().then(() => body.resume());
        }
      },
    );
  });
}

/** @throws {BadUserInputError} of a file that says it is too large, nothing is read */
function refuseLarge(contentLength: string | undefined, maxFileBytes: number): void {
  const bytes = Number(contentLength ?? 0);
  if (bytes <= maxFileBytes) return;
  throw new BadUserInputError(
    `the file has ${bytes} bytes; at most ${maxFileBytes} are taken, which is what ARTIFACT_MAX_BYTES accepts`,
    { bytes, maxBytes: maxFileBytes },
  );
}

function cutOffSilence({ raw }: FastifyRequest): void {
  // A request of the process to itself has no connection to cut.
  if (!(raw.socket instanceof Socket)) return;
  raw.setTimeout(SILENCE_MS, () => raw.destroy());
  // The answer may take its time.
  raw.once("end", () => raw.setTimeout(0));
}

/** Up to so many bytes; `more` is what comes after them, null where that was all. */
async function upTo(
  body: Readable,
  most: number,
): Promise<{ held: Buffer[]; more: AsyncIterator<Buffer> | null }> {
  const rest: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  const held: Buffer[] = [];
  let bytes = 0;
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    held.push(next.value);
    bytes += next.value.byteLength;
    if (bytes > most) return { held, more: rest };
  }
  return { held, more: null };
}

async function* rejoined(
  held: readonly Buffer[],
  more: AsyncIterator<Buffer> | null,
): AsyncGenerator<Buffer> {
  yield* held;
  if (!more) return;
  for (let next = await more.next(); !next.done; next = await more.next()) yield next.value;
}

class ReaderGoneError extends Error {
  constructor() {
    super("the client has gone");
  }
}

/** What is written as the client takes it; one that goes away ends the writing. */
function stream({ scope }: FastifyRequest, reply: FastifyReply, { format, write }: JoinAnswer): FastifyReply {
  const { name, mediaType } = JOINED_FILES[format];
  // It ends with the stream: an answer that is under way cannot become a failure.
  if (scope) scope.abandonable = false;
  const body = new PassThrough();
  const gone = once(body, "close").then(() => {
    throw new ReaderGoneError();
  });
  gone.catch(() => {});
  write(async (bytes) => {
    if (body.destroyed) throw new ReaderGoneError();
    if (!body.write(bytes)) await Promise.race([once(body, "drain"), gone]);
  }).then(
    () => body.end(),
    (error) => body.destroy(error as Error),
  );
  return reply.header("content-disposition", `attachment; filename="${name}"`).type(mediaType).send(body);
}
