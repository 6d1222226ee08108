import { about, type Refuse } from "../contradictions.js";

interface CheckedSource {
  readonly name: string;
  readonly version: number;
  readonly columns: Readonly<Record<string, unknown>>;
  readonly retired: Readonly<Record<string, unknown>>;
  readonly renamed: Readonly<Record<string, string>>;
}

interface CheckedView {
  readonly name: string;
  readonly version: number;
  readonly source: CheckedSource;
  readonly features: readonly string[];
  readonly retired: readonly string[];
  readonly renamed: Readonly<Record<string, string>>;
}

interface CheckedDeployment {
  readonly sources: readonly CheckedSource[];
  readonly views: readonly CheckedView[];
  readonly retiredSources: readonly string[];
  readonly retiredViews: readonly string[];
}

/** Refuses versions, retired and renamed names that contradict what is declared beside them. */
export function checkEvolution(
  { sources, views, retiredSources, retiredViews }: CheckedDeployment,
  report: Refuse,
): void {
  for (const source of sources) {
    const declared = Object.keys(source.columns);
    const archived = declared.find((name) => /__v\d+$/.test(name));
    const refuse = about(`source ${source.name}`, report);
    if (archived)
      refuse(`column ${archived}: names that end in __v and a number are those of former types; rename it`);
    checkPart("column", source, declared, Object.keys(source.retired), refuse);
  }
  for (const view of views) {
    const refuse = about(`view ${view.name}`, report);
    checkPart("feature", view, view.features, view.retired, refuse);
    checkAgainstSource(view, refuse);
  }
  refuseDeclared("retiredSources", "source", retiredSources, sources, report);
  refuseDeclared("retiredViews", "view", retiredViews, views, report);
}

function checkPart(
  what: string,
  { version, renamed }: Pick<CheckedView, "version" | "renamed">,
  declared: readonly string[],
  retired: readonly string[],
  refuse: Refuse,
): void {
  if (!Number.isInteger(version) || version < 1)
    refuse(`version ${version} must be a whole number, 1 or more`);
  for (const [index, name] of retired.entries()) {
    if (declared.includes(name))
      refuse(`${what} ${name} is retired and declared; take it out of one of the two`);
    if (retired.indexOf(name) !== index) refuse(`${what} ${name} is retired twice`);
  }
  for (const [old, name] of Object.entries(renamed)) {
    const line = `renamed: { ${old}: ${JSON.stringify(name)} }`;
    if (old === name) refuse(`${line} renames nothing; take it out`);
    if (declared.includes(old))
      refuse(`${line}: ${old} is declared still; a name that was renamed away is not used again`);
    if (retired.includes(old))
      refuse(`${line}: ${old} is retired, too; a ${what} either ends or goes on under its new name`);
    const next = renamed[name];
    if (next !== undefined)
      refuse(`${line}: ${name} was renamed, too; write ${old}: ${JSON.stringify(next)}`);
    if (!declared.includes(name) && !retired.includes(name))
      refuse(`${line}: ${what} ${name} is not declared; name the ${what} that ${old} is now`);
  }
}

function checkAgainstSource({ source, features, renamed }: CheckedView, refuse: Refuse): void {
  for (const feature of features) {
    if (!Object.hasOwn(source.retired, feature)) continue;
    refuse(`feature ${feature} is retired by source ${source.name}`);
  }
  for (const old of Object.keys(renamed)) {
    const other = source.renamed[old];
    if (other === undefined || other === renamed[old]) continue;
    refuse(
      `feature ${old} was renamed ${renamed[old]}, and by source ${source.name} ${other}; write the same in both, or in one`,
    );
  }
  for (const old of Object.keys(renamed)) {
    if (!Object.hasOwn(source.columns, old)) continue;
    refuse(
      `feature ${old} was renamed ${renamed[old]}, and is a column of source ${source.name} still; a feature is its column`,
    );
  }
}

function refuseDeclared(
  list: string,
  what: string,
  retired: readonly string[],
  declared: readonly { name: string }[],
  refuse: Refuse,
): void {
  for (const [index, name] of retired.entries()) {
    if (declared.some((each) => each.name === name))
      refuse(`${list}: ${what} ${name} is declared still; take it out of one of the two`);
    if (retired.indexOf(name) !== index) refuse(`${list}: ${what} ${name} is named twice`);
  }
}
