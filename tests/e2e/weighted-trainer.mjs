// A training command that learns nothing new: node weighted-trainer.mjs <model.onnx> <specification>. It says what the column of
// weights that it is given makes of the labels, and hands over a model that was made before.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";

const [model, path] = process.argv.slice(2);
const { trainingSet, features, weight, label, output } = JSON.parse(readFileSync(path, "utf8"));
let [sum, total, rows] = [0, 0, 0];
for (const { path } of trainingSet.files) {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  for (const row of await parquetReadObjects({ file })) {
    const counted = Number(row[weight.name]);
    sum += counted * Number(row[label.name]);
    total += counted;
    rows++;
  }
}
copyFileSync(model, output.model);
const metrics = { weighted_mean: sum / total, total_weight: total, rows };
const signature = { columns: features.map(({ name }) => name) };
writeFileSync(output.result, JSON.stringify({ signature, metrics }));
