import type { FileFormat } from "../file-format.js";
import { arrowRecords } from "./arrow-records.js";

export const arrow: FileFormat = {
  name: "arrow",
  inWords: "an Arrow IPC file or stream",
  extension: ".arrow",
  mediaType: "application/vnd.apache.arrow.file",
  // A stream begins with the length of its first message.
  magic: Buffer.from("ARROW1"),
  position: "row",
  textOnly: false,
  reading: { access: "random", records: arrowRecords },
};
