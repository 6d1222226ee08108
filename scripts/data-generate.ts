// npm run data:generate [directory]: writes the sample input, by default to data/.
import { writeSampleData } from "./sample-data/files.js";

const directory = process.argv[2] ?? "data";
await writeSampleData(directory);
console.log(`Wrote ${directory}/month_000 and ${directory}/month_001`);
