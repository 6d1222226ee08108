import type { FileFormat } from "../file-format.js";
import { csvRecords } from "./csv-records.js";

export const csv: FileFormat = {
  name: "csv",
  inWords: "a CSV file",
  extension: ".csv",
  mediaType: "text/csv",
  magic: null,
  position: "line",
  textOnly: true,
  reading: { access: "stream", records: csvRecords },
};
