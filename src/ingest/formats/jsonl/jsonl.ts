import type { FileFormat } from "../file-format.js";
import { jsonlRecords } from "./jsonl-records.js";

export const jsonl: FileFormat = {
  name: "jsonl",
  inWords: "a JSON Lines file",
  extension: ".jsonl",
  mediaType: "application/jsonl",
  magic: null,
  position: "line",
  textOnly: false,
  reading: { access: "stream", records: jsonlRecords },
};
