import { attributeOf, type ReadGraph } from "../../onnx/reader.js";
import { codeName, tableName } from "../encoding/encode-inputs.js";

/** What a category stands for, one number of it. */
export type EncodedValue = (category: string) => number;

/** The numbers of an encoded feature, from the tables of a file. @param width how many there are */
export function readEncoding(
  { nodes, initializers }: ReadGraph,
  feature: string,
  width: number,
): EncodedValue[] {
  const encoder = nodes.find(({ outputs }) => outputs[0] === codeName(feature))!;
  const table = initializers.find(({ name }) => name === tableName(feature))!.floats();
  const otherwise = table.length / width - 1;
  const texts = attributeOf(encoder, "keys_strings")!.texts().slice(0, otherwise);
  const places = new Map(texts.map((text, place) => [text, place]));
  return Array.from(
    { length: width },
    (_, k) => (category) => table[(places.get(category) ?? otherwise) * width + k]!,
  );
}
