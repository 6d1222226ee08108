import type { Source } from "../../../definitions/language/deployment.js";
import {
  AsofError,
  ConflictError,
  SourceNotFoundError,
  SourceUnreadableError,
} from "../../../errors/errors.js";
import { type PinnedObject, S3Client } from "../../../s3/s3-client.js";
import { readS3Environment, S3_VARIABLES } from "../../../s3/s3-environment.js";
import { S3AnswerError, S3ChangedError, unreadable } from "../../../s3/s3-errors.js";
import type { S3Object } from "../../../s3/s3-listing.js";
import { readS3Url, type S3Place, s3Url } from "../../../s3/s3-url.js";
import { fileNamesOf, isDeliveryName, listedAs, oneFileEach, requireDeliveryName } from "../one-file-each.js";
import {
  deliveredName,
  type FoundDelivery,
  fingerprintContent,
  type ListedFile,
  type SourceContent,
  type SourceContext,
  type SourceScheme,
} from "../source-scheme.js";
import { spooled } from "./spooled-object.js";

/** Of more, the last ones by name, which are the newest dates. */
const MOST_FOLDERS = 10_000;

/** `s3://bucket/prefix/<delivery>/<source>.csv`, on AWS or any server that speaks its protocol. */
export const s3Scheme: SourceScheme = {
  name: "s3",
  writtenAs: null,
  recognises: () => false,
  check: async (name) => requireDeliveryName(name),
  list: (name, context, signal) => inWords(context, name, () => listFiles(name, context, signal)),
  deliveries: (context, signal) => inWords(context, null, () => findDeliveries(context, signal)),
  fingerprint: (file, onBytes, signal) => fingerprintContent(file, contentOf(file), onBytes, signal),
  open: contentOf,
  requireUnchanged: (name, files, context, signal) =>
    inWords(context, name, async () => {
      const now = await listFiles(name, context, signal);
      const changed = now.find(
        ({ path, pin }, i) => path !== files[i]?.path || pin?.etag !== files[i]?.pin?.etag,
      );
      if (changed) throw new S3ChangedError(deliveredName(changed));
    }),
  isGone: (error) =>
    error instanceof S3ChangedError ||
    (error instanceof S3AnswerError && (error.status === 404 || error.status === 412)),
  placed: {
    problem: (origin) =>
      origin.kind === "files" && readS3Url(origin.at ?? "")
        ? null
        : "write s3://bucket or s3://bucket/prefix, with a bucket's name as S3 allows it",
    variables: () => S3_VARIABLES,
    look: (context, signal) =>
      inWords(context, null, async () => {
        const found = await findDeliveries(context, signal);
        return `${context.at} can be listed, ${found.length} deliveries`;
      }),
  },
};

const client = () => new S3Client(readS3Environment(process.env));

/** Has errors say what was asked for. */
async function inWords<T>({ at }: SourceContext, name: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const where = `${at}${name === null ? "" : ` (delivery ${name})`}`;
    if (error instanceof S3ChangedError)
      throw new ConflictError(
        `the listing of ${where} changed while it was read; nothing was published; ingest again when it is complete`,
      );
    if (error instanceof S3AnswerError && error.status === 404) {
      const missing = `there is no bucket of that name for ${at}; check the name, AWS_REGION and AWS_ENDPOINT_URL`;
      throw name === null ? new SourceUnreadableError(missing) : new SourceNotFoundError(name, missing);
    }
    throw unreadable(where, error);
  }
}

const placeOf = ({ at }: SourceContext): S3Place => readS3Url(at!)!;

async function listFiles(
  name: string,
  context: SourceContext,
  signal: AbortSignal = new AbortController().signal,
): Promise<ListedFile[]> {
  requireDeliveryName(name);
  const { bucket, prefix } = placeOf(context);
  const folder = `${prefix}${name}/`;
  const wanted = wantedNames(context.sources);
  const found = new Map<string, S3Object>();
  for await (const object of client().list(bucket, folder, signal)) {
    const file = object.key.slice(folder.length);
    if (wanted.has(file)) found.set(file, object);
  }
  if (found.size === 0)
    throw new SourceNotFoundError(name, `there is no file of a source under ${s3Url(bucket, folder)}`);
  return filesOf(name, context.sources, bucket, found);
}

const wantedNames = (sources: readonly Source[]): ReadonlySet<string> =>
  new Set(sources.flatMap(fileNamesOf));

const filesOf = (
  delivery: string,
  sources: readonly Source[],
  bucket: string,
  found: ReadonlyMap<string, S3Object>,
): ListedFile[] =>
  oneFileEach(delivery, sources, (source) =>
    fileNamesOf(source).flatMap((name) => {
      const object = found.get(name);
      if (!object) return [];
      const { key, etag, bytes } = object;
      return [{ ...listedAs(source, name), path: s3Url(bucket, key), bytes, pin: { etag } }];
    }),
  );

/** By one listing of the place: of ten thousand folders each would be a request, and those cost. */
async function findDeliveries(context: SourceContext, signal: AbortSignal): Promise<FoundDelivery[]> {
  const { bucket, prefix } = placeOf(context);
  const wanted = wantedNames(context.sources);
  const folders = new Map<string, Map<string, S3Object>>();
  for await (const object of client().list(bucket, prefix, signal)) {
    const [name, file, ...deeper] = object.key.slice(prefix.length).split("/");
    if (deeper.length > 0 || !isDeliveryName(name!) || !wanted.has(file ?? "")) continue;
    const folder = folders.get(name!) ?? new Map<string, S3Object>();
    folders.set(name!, folder.set(file!, object));
    if (folders.size > MOST_FOLDERS) folders.delete(folders.keys().next().value!);
  }
  return [...folders].flatMap(([name, found]) => {
    try {
      const files = filesOf(name, context.sources, bucket, found);
      const times = [...found.values()].flatMap(({ modifiedAt }) => modifiedAt?.getTime() ?? []);
      return [
        {
          name,
          files: files.map((file) => ({ source: file.source, name: deliveredName(file), bytes: file.bytes })),
          modifiedAt: times.length > 0 ? new Date(Math.max(...times)) : null,
        },
      ];
    } catch (error) {
      if (error instanceof AsofError) return []; // what an ingest would refuse is no delivery
      throw error;
    }
  });
}

function contentOf(file: ListedFile): SourceContent {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(file.path)!;
  const object: PinnedObject = { bucket: bucket!, key: key!, etag: file.pin!.etag!, bytes: file.bytes };
  const stream = (signal: AbortSignal) => readPinned(file, object, signal);
  return {
    kind: "bytes",
    stream,
    random: (signal) => spooled(stream(signal), { bytes: file.bytes, what: file.path }),
  };
}

async function* readPinned(
  file: ListedFile,
  object: PinnedObject,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* client().read(object, signal);
  } catch (error) {
    throw s3Scheme.isGone(error) ? error : unreadable(file.path, error);
  }
}
