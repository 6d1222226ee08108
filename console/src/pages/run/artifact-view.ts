/** How a page shows a file that a run left. */
export type ArtifactView = "html" | "image" | "json" | "csv" | "text" | "download";

/** Read for the page; what is longer is shown to here, and whole as a download. */
export const MOST_TEXT_BYTES = 256 * 1024;
const MOST_IMAGE_BYTES = 10 * 1024 * 1024;
const MOST_HTML_BYTES = 5 * 1024 * 1024;

const TEXT = /^(text\/|application\/(x-)?(yaml|xml|toml|javascript|x-ndjson|jsonl))/;
const TEXT_NAME = /\.(txt|md|log|ya?ml|toml|ini|xml|jsonl|py|ts|js|sh|sql)$/i;

/** By what its writer says it is, then by its name. */
export function viewOf({
  name,
  mediaType,
  bytes,
}: {
  name: string;
  mediaType: string;
  bytes: number;
}): ArtifactView {
  const type = mediaType.split(";")[0]!.trim().toLowerCase();
  if (type === "text/html") return bytes <= MOST_HTML_BYTES ? "html" : "download";
  if (/^image\/(png|jpeg|gif|webp|avif|svg\+xml)$/.test(type))
    return bytes <= MOST_IMAGE_BYTES ? "image" : "download";
  if (type === "application/json" || type.endsWith("+json") || /\.json$/i.test(name)) return "json";
  if (type === "text/csv" || /\.csv$/i.test(name)) return "csv";
  return TEXT.test(type) || TEXT_NAME.test(name) ? "text" : "download";
}

/** Rows of a CSV file, quotes and line breaks within them understood; as many as are asked for, of a text that may be cut. */
export function csvRows(text: string, most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  const endField = () => {
    row.push(field);
    field = "";
  };
  for (let at = 0; at < text.length && rows.length < most; at++) {
    const character = text[at]!;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at++;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ",") endField();
    else if (character === "\n") {
      endField();
      rows.push(row);
      row = [];
    } else if (character !== "\r") field += character;
  }
  if (rows.length < most && (field !== "" || row.length > 0)) {
    endField();
    rows.push(row);
  }
  return rows;
}
