import { parse } from "yaml";
import { z } from "zod";
import { jsonProblem } from "../../values/exact-json.js";

/** What MLflow says of a model's files, in a file called MLmodel beside them. */
export interface MlmodelFile {
  /** The libraries that it can be loaded with. */
  flavors: string[];
  /** Of the ONNX file, within the model's folder; null where the model is of no such flavour. */
  onnxPath: string | null;
  /** Columns of the signature in their order; none where it has none, or has tensors without names. */
  inputs: string[];
}

export const MLMODEL = "MLmodel";
/** A signature of ten thousand columns has a mebibyte. */
export const MAX_MLMODEL_BYTES = 1 << 20;

const shape = z.object({
  flavors: z.record(z.string(), z.unknown()).nullish(),
  signature: z.object({ inputs: z.string().nullish() }).nullish(),
});
const onnxFlavor = z.object({ data: z.string().max(1_024) });
const columns = z.array(z.object({ name: z.string().max(250).nullish() }));

/** Null where it is none that can be read. Nothing that it names is loaded or run. */
export function readMlmodel(text: string): MlmodelFile | null {
  const read = shape.safeParse(yamlOf(text));
  if (!read.success) return null;
  const { flavors, signature } = read.data;
  const onnx = onnxFlavor.safeParse(flavors?.onnx);
  return {
    flavors: Object.keys(flavors ?? {}),
    onnxPath: onnx.success ? onnx.data.data : null,
    inputs: columnsOf(signature?.inputs ?? "[]"),
  };
}

/** Plain data alone: no aliases, which a small file grows large by, and no tags of other types. */
function yamlOf(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, schema: "core", logLevel: "silent" });
  } catch {
    return null;
  }
}

function columnsOf(text: string): string[] {
  if (jsonProblem(text) !== null) return [];
  try {
    const names = columns.parse(JSON.parse(text)).map(({ name }) => name);
    return names.every((name): name is string => typeof name === "string" && name !== "") ? names : [];
  } catch {
    return [];
  }
}
