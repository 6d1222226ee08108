/** A page for the browser: no script, no other host; readable offline and on paper. Title and body come escaped. */
export function htmlPage(title: string, style: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Where the playground shows a query: beside `artifacts/`, under whatever path asof is served. */
const queryLink = (query: string, text: string): string =>
  `<a href="../graphql?query=${encodeURIComponent(query)}">${escaped(text)}</a>`;

export const runLink = (id: string): string =>
  queryLink(`{ run(id: ${JSON.stringify(id)}) { kind status params result artifacts { name url } } }`, id);

/** @param asOf the newest revision of that date */
export const snapshotLink = (asOf: string): string =>
  queryLink(
    `{ snapshot(asOf: ${JSON.stringify(asOf)}) { id revision contentSha256 views { name rowCount } run { id } } }`,
    asOf,
  );

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML shows it, within elements and quoted attributes. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
