/**
 * PostgreSQL's text of an array as the JSON list that a file would hold: `{a,"b,c",NULL}` as `["a","b,c",null]`. Every digit stays.
 * Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 * @param item JSON of one item's text
 */
export function arrayJson(text: string, item: (text: string) => string): string {
  // One that does not begin at 1 says so first: [0:2]={…}
  const items = text.slice(text.indexOf("{"));
  let json = "";
  for (let at = 0; at < items.length; ) {
    const character = items[at]!;
    if (character === "{" || character === "}" || character === ",") {
      json += character === "{" ? "[" : character === "}" ? "]" : ",";
      at++;
      continue;
    }
    ITEM.lastIndex = at;
    const [whole, quoted] = ITEM.exec(items)!;
    if (quoted !== undefined) json += item(quoted.replace(/\\(.)/gs, "$1"));
    else json += whole === "NULL" ? "null" : item(whole);
    at += whole.length;
  }
  return json;
}

const ITEM = /"((?:[^"\\]|\\[\s\S])*)"|[^,{}]+/y;
