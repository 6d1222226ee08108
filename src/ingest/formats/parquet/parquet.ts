import type { FileFormat } from "../file-format.js";
import { parquetRecords } from "./parquet-records.js";

export const parquet: FileFormat = {
  name: "parquet",
  inWords: "a Parquet file",
  extension: ".parquet",
  mediaType: "application/vnd.apache.parquet",
  magic: Buffer.from("PAR1"),
  position: "row",
  textOnly: false,
  reading: { access: "random", records: parquetRecords },
};
