import { z } from "zod";
import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import type { OwnedFile } from "../../registry/files/file-owner.js";
import { readWhole } from "../../registry/files/stored-bytes.js";
import type { KeptVersion } from "../../registry/kept-models.js";
import type { VersionEntry } from "../../registry/model.js";
import type { Services } from "../../services/services.js";
import { calendarDateExpected, parseCalendarDate } from "../../values/calendar-date.js";
import { invalid } from "./mlflow-error.js";
import { MAX_MLMODEL_BYTES, MLMODEL, type MlmodelFile, readMlmodel } from "./mlmodel.js";
import type { ModelSource } from "./model-source.js";

const HELP = "served models need an ONNX file: mlflow.onnx.log_model(…, save_as_external_data=False)";

/**
 * Asks for a version of a model that the deployment serves: PENDING until it is judged, and FAILED with the reason where
 * it cannot be.
 */
export async function registerServed(
  services: Services,
  given: KeptVersion,
  source: ModelSource,
  actor: string,
): Promise<VersionEntry> {
  const service = findService(services.definitions, given.model)!;
  const said = await wordsOf(services, given);
  const mlmodel = await mlmodelOf(services, source);
  const file = onnxOf(source, mlmodel);
  return services.tracking.register(
    {
      model: given.model,
      runId: given.runId,
      artifact: "model.onnx",
      signature: { columns: said.features ?? mlmodel?.inputs ?? null },
      file: file ? { sha256: file.sha256 } : null,
      refusal: file ? null : refusalOf(source, mlmodel),
      ...(await datesOf(services, service, said)),
      trainedOn: said.trainedOn,
      seed: said.seed,
      testFraction: said.testFraction,
      threshold: said.threshold ?? null,
      keepsRunOpen: true,
      recordRefusal: true,
      files: source,
      source: given.source,
      description: given.description,
      tags: given.tags,
    },
    actor,
    0,
  );
}

interface Words {
  /** Which of them fill a matrix, in order. */
  features: string[] | null;
  asOf: string | null;
  labelAsOf: string | null;
  /** The EXPORT run that wrote what it was trained on. */
  trainedOn: string | null;
  seed: number | null;
  testFraction: number | null;
  threshold: number | null;
}

/** What tags of the version say, else those of its run. */
async function wordsOf({ runs }: Services, { runId, tags }: KeptVersion): Promise<Words> {
  const run = runId === null ? null : (await runs.findByIds([runId]))[0];
  const word = (name: string): string | null => tags[`asof.${name}`] ?? run?.tags[`asof.${name}`] ?? null;
  const number = (name: string): number | null => {
    const text = word(name);
    if (text === null) return null;
    if (/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
    throw invalid(`tag asof.${name}: a number was expected; got ${JSON.stringify(text.slice(0, 60))}`);
  };
  const date = (name: string): string | null => {
    const text = word(name);
    if (text === null || parseCalendarDate(text) !== null) return text;
    throw invalid(`tag asof.${name}: ${calendarDateExpected(text.slice(0, 60))}`);
  };
  const exported = word("trained_on");
  if (exported !== null && !z.uuid().safeParse(exported).success)
    throw invalid(
      `tag asof.trained_on: the id of a run was expected; got ${JSON.stringify(exported.slice(0, 60))}`,
    );
  return {
    features:
      word("features")
        ?.split(",")
        .map((name) => name.trim()) ?? null,
    asOf: date("as_of"),
    labelAsOf: date("label_as_of"),
    trainedOn: exported,
    seed: number("seed"),
    testFraction: number("test_fraction"),
    threshold: number("threshold"),
  };
}

/** The newest snapshot with labels, or the last of the export, unless tags say another. */
async function datesOf({ snapshots }: Services, service: FeatureService, said: Words) {
  const { asOf, labelAsOf, trainedOn } = said;
  if (trainedOn !== null) return { asOf, labelAsOf };
  const date = asOf ?? (await snapshots.newestLabelled(service))?.asOf;
  if (date) return { asOf: date, labelAsOf: labelAsOf ?? date };
  throw invalid(
    "no snapshot has labels to judge the model on: ingest some, or name one by the tag asof.as_of",
  );
}

async function mlmodelOf(services: Services, source: ModelSource): Promise<MlmodelFile | null> {
  const file = source.files.find(({ path }) => path === MLMODEL);
  if (!file || file.bytes > MAX_MLMODEL_BYTES) return null;
  return readMlmodel((await readSmall(services, source, file)).toString("utf8"));
}

/** The file that MLmodel names, else the only one that is called so. */
function onnxOf({ files }: ModelSource, mlmodel: MlmodelFile | null): OwnedFile | null {
  const named = mlmodel?.onnxPath && files.find(({ path }) => path === mlmodel.onnxPath);
  if (named) return named;
  const [only, ...others] = files.filter(({ path }) => path.endsWith(".onnx"));
  return only && others.length === 0 ? only : null;
}

function refusalOf({ files }: ModelSource, mlmodel: MlmodelFile | null): string {
  const several = files.filter(({ path }) => path.endsWith(".onnx")).length;
  if (several > 1) return `there are ${several} ONNX files, and MLmodel names none of them; ${HELP}`;
  const flavors = mlmodel?.flavors.length
    ? `it is of the flavors ${mlmodel.flavors.join(", ")}`
    : "it has no MLmodel file";
  return `there is no ONNX file: ${flavors}; ${HELP}`;
}

async function readSmall(
  { files }: Services,
  { owner, folder }: ModelSource,
  { path }: OwnedFile,
): Promise<Buffer> {
  const stored = await files.open(owner, folder === null ? path : `${folder}/${path}`);
  if (!stored) throw invalid(`the file ${JSON.stringify(path)} is gone; log the model again`);
  return readWhole(stored, `the file ${JSON.stringify(path)}`, MAX_MLMODEL_BYTES);
}
