import { createHash } from "node:crypto";
import { escaped } from "../../html/page.js";
import type { OpenApiDocument } from "./document.js";
import { fieldsOf } from "./fields.js";
import type { Operation, OperationParameter, Response } from "./operation.js";
import type { JsonSchema } from "./route-api.js";

/** The document to read: one page, without scripts, in the reader's colours. */
export function openApiPage({ info, paths, tags, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return { name, own };
  });
  const failures = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<h3 id="failure-${escaped(name)}">${escaped(name)}</h3>\n${schemaTable(schema, name)}`,
  );
  const contents = sections.map(
    ({ name, own }) =>
      `<li><a href="#${anchor(name)}">${escaped(name)}</a><ul>${own.map(link).join("")}</ul></li>`,
  );
  const title = escaped(info.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><h1>${title} <small>${escaped(info.version)}</small></h1>
${paragraphs(info.description)}
<p><a href="openapi.json">openapi.json</a> is this page for programs, in OpenAPI 3.1.</p></header>
<nav aria-label="Contents"><ul>${contents.join("\n")}<li><a href="#failures">Failures</a></li></ul></nav>
<main id="content">
${sections.map(({ name, own }) => `<h2 id="${anchor(name)}">${escaped(name)}</h2>\n${own.map(section).join("\n")}`).join("\n")}
<h2 id="failures">Failures</h2>
${failures.join("\n")}
</main>
</body>
</html>
`;
}

interface Described {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const anchor = (text: string): string => escaped(text.replace(/[^A-Za-z0-9]+/g, "-"));

const link = ({ path, method, operation }: Described): string =>
  `<li><a href="#${anchor(operation.operationId)}">${method} ${escaped(path)}</a></li>`;

function section({ path, method, operation }: Described): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const caption = (type: string) => `Body, ${type}`;
  return `<section aria-labelledby="${anchor(operationId)}">
<h3 id="${anchor(operationId)}"><code>${method} ${escaped(path)}</code></h3>
<p><strong>${escaped(summary)}.</strong></p>
${paragraphs(description)}
${parameters.length > 0 ? parameterTable(parameters) : ""}
${bodies.map(([type, { schema }]) => schemaTable(schema, caption(type))).join("\n")}
${answerTable(responses)}
</section>`;
}

function paragraphs(text: string): string {
  return text
    .split("\n\n")
    .filter((each) => each !== "")
    .map((each) => `<p>${inline(each)}</p>`)
    .join("\n");
}

/** Text of descriptions: what stands between backquotes is code. */
const inline = (text: string): string => escaped(text).replace(/`([^`]+)`/g, "<code>$1</code>");

const table = (caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
<tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n")}</tbody></table></div>`;

function parameterTable(parameters: readonly OperationParameter[]): string {
  const rows = parameters.map(({ name, in: place, required, description, schema }) => [
    `<code>${escaped(name)}</code>`,
    place,
    typeOf(schema),
    required ? "yes" : "no",
    inline(description ?? ""),
  ]);
  return table("Parameters", ["Name", "In", "Type", "Required", "Description"], rows);
}

function schemaTable(schema: JsonSchema, caption: string): string {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return `<p>${escaped(caption)}: ${typeOf(schema)}</p>`;
  const rows = fields.map(({ name, schema: of, required }) => [
    `<code>${escaped(name)}</code>`,
    typeOf(of),
    required ? "yes" : "no",
    inline(String(of.description ?? "")),
  ]);
  return table(caption, ["Field", "Type", "Required", "Description"], rows);
}

function answerTable(responses: Readonly<Record<string, Response>>): string {
  const all = Object.entries(responses);
  const failures = all.filter(([, response]) => failureOf(response) !== undefined);
  const rows = all
    .filter((each) => !failures.includes(each))
    .map(([status, { description, content }]) => [
      status,
      inline(description),
      Object.entries(content ?? {})
        .map(([type, { schema }]) => `${escaped(type)}${contentFields(schema)}`)
        .join("<br>"),
    ]);
  const form = failures[0] && failureOf(failures[0][1]);
  const told = failures.map(([status, { description }]) => `<li>${status}: ${inline(description)}</li>`);
  return `${table("Answers", ["Status", "When", "Body"], rows)}
${form === undefined ? "" : `<p>Failures, each a <a href="#failure-${escaped(form)}">${escaped(form)}</a>:</p><ul class="failures">${told.join("")}</ul>`}`;
}

/** The form of a failure that the body is, by its name. */
function failureOf({ content }: Response): string | undefined {
  return /"#\/components\/schemas\/([\w-]+)"/.exec(JSON.stringify(content ?? {}))?.[1];
}

function contentFields(schema: JsonSchema): string {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return "";
  const items = fields.map(
    ({ name, schema: of }) => `<li><code>${escaped(name)}</code> ${typeOf(of)}${described(of)}</li>`,
  );
  return `<ul>${items.join("")}</ul>`;
}

const described = ({ description }: JsonSchema): string =>
  typeof description === "string" ? `: ${inline(description)}` : "";

/** A schema in a few words. */
function typeOf(schema: JsonSchema): string {
  const { type, format, items, anyOf, oneOf, enum: values, const: only } = schema;
  if (only !== undefined) return escaped(JSON.stringify(only));
  if (Array.isArray(values)) return values.map((value) => escaped(JSON.stringify(value))).join(" or ");
  const either = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
  if (either) return [...new Set(either.map(typeOf))].join(" or ");
  if (type === "array") return `list of ${items ? typeOf(items as JsonSchema) : "anything"}`;
  if (Array.isArray(type)) return type.map(escaped).join(" or ");
  return type === undefined ? "anything" : escaped(format ? `${type} (${format})` : String(type));
}

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --soft: #57606a; --line: #d0d7de; --back: #ffffff; --raised: #f6f8fa; --link: #0a56b3; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9ea7b3; --line: #3d444d; --back: #14171c; --raised: #1f242c; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--back); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h1 small { color: var(--soft); font-weight: 400; font-size: 1rem; }
h2 { margin: 2.5rem 0 0; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; } p { margin: .5rem 0; }
code { font: .9em ui-monospace, monospace; background: var(--raised); padding: .1em .3em; border-radius: 4px; }
a { color: var(--link); } a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; background: var(--back); padding: .5rem; }
nav ul { list-style: none; padding-left: 1rem; } nav > ul { padding: 0; columns: 20rem; } nav li { break-inside: avoid; margin: .15rem 0; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid var(--line); min-width: 4rem; overflow-wrap: anywhere; }
th { background: var(--raised); } .failures { columns: 22rem; margin: .25rem 0; padding-left: 1.1rem; } td ul { margin: .25rem 0; padding-left: 1.1rem; }
`;

/** The one style is known by its hash: nothing else runs or loads. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
