// Checks the Markdown pages: links and anchors exist, nothing packs a paragraph, long pages begin with a table of contents.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

// In characters as read, where a link counts as its text; a page in lines.
const LONGEST = { bullet: 330, cell: 250, paragraph: 480, pageWithoutContents: 60 };
const LARGEST_PICTURE = 200_000;
/** Records of releases and of measurements are not rewritten. */
const anyLength = (page) => page === "CHANGELOG.md" || page.startsWith("bench/");

const pages = execFileSync("git", ["ls-files", "*.md"], { encoding: "utf8" }).trim().split("\n");
const problems = [];

const withoutCode = (text) =>
  text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2.*$/gm, (block) => block.replace(/[^\n]/g, ""));
const asRead = (text) => text.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/<!--[\s\S]*?-->/g, "");
const textOf = (page) => withoutCode(readFileSync(page, "utf8"));

/** As GitHub makes them of headings. */
function anchorsOf(page) {
  const seen = new Map();
  return textOf(page)
    .split("\n")
    .filter((line) => /^#{1,6} /.test(line))
    .map((line) => {
      const heading = asRead(line.replace(/^#+ /, "")).toLowerCase();
      const slug = heading.replace(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-");
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before ? `${slug}-${before}` : slug;
    });
}

function checkLinks(page, lines, report) {
  for (const [i, line] of lines.entries()) {
    for (const [, target] of line.replace(/`[^`]*`/g, "code").matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file, anchor] = target.split("#");
      const to = file ? path.join(path.dirname(page), file) : page;
      if (!existsSync(to)) report(i, `no file ${to}`);
      else if (to.endsWith(".png") && statSync(to).size > LARGEST_PICTURE)
        report(i, `${to} has ${statSync(to).size} bytes, at most ${LARGEST_PICTURE}`);
      else if (anchor && !anchorsOf(to).includes(anchor)) report(i, `no heading #${anchor} in ${to}`);
    }
  }
}

function checkLengths(lines, report) {
  let block = { kind: "paragraph", from: 0, text: "" };
  const close = () => {
    const length = asRead(block.text).trim().length;
    if (length > LONGEST[block.kind])
      report(block.from, `a ${block.kind} of ${length} characters, at most ${LONGEST[block.kind]}`);
  };
  for (const [i, line] of [...lines, ""].entries()) {
    const bullet = /^\s*([-*]|\d+\.) /.test(line);
    const apart = !line.trim() || /^\s*(\||#)/.test(line);
    if (bullet || apart) {
      close();
      block = { kind: bullet ? "bullet" : "paragraph", from: i, text: bullet ? line : "" };
    } else block.text += `${block.text ? " " : ""}${line.trim()}`;
    if (!/^\s*\|/.test(line)) continue;
    for (const cell of asRead(line).split(/(?<!\\)\|/))
      if (cell.trim().length > LONGEST.cell)
        report(i, `a table cell of ${cell.trim().length} characters, at most ${LONGEST.cell}`);
  }
}

for (const page of pages) {
  const report = (line, problem) => problems.push(`${page}:${line + 1}: ${problem}`);
  const lines = textOf(page).split("\n");
  checkLinks(page, lines, report);
  if (anyLength(page)) continue;
  checkLengths(lines, report);
  if (lines.length > LONGEST.pageWithoutContents && !textOf(page).split(/^## /m)[0].includes("](#"))
    report(0, `more than ${LONGEST.pageWithoutContents} lines, and no table of contents at its top`);
}

if (problems.length > 0) console.error(problems.join("\n"));
process.exitCode = problems.length > 0 ? 1 : 0;
