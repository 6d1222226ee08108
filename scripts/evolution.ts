import type { Deployment, FeatureView, Source } from "../src/definitions/language/deployment.js";
import { entityOf } from "../src/definitions/language/entities.js";
import { computedSources } from "../src/definitions/language/windows/sources-of.js";
import { windowMeaning } from "../src/definitions/language/windows/window-columns.js";
import {
  type DefinitionState,
  firstState,
  keyState,
  meaningsOf,
  type SourceState,
  typesOf,
  windowBefore,
  windowsMoved,
} from "./evolution-state.js";

/** What is done to a column in all the tables that have it. Both keep its values. */
export interface Move {
  source: string;
  from: string;
  to: string;
}

/** A change that would lose something unless the definition says what is meant. */
export interface Refusal {
  problem: string;
  /** What to add, one of them. */
  lines: string[];
}

export interface Evolution {
  moves: Move[];
  refusals: Refusal[];
  next: DefinitionState;
}

/**
 * What leads from what was declared to what is declared. Nothing is guessed: what is gone must be retired or renamed by
 * name, what is of another type needs the next version.
 */
export function evolve(before: DefinitionState, definitions: Deployment): Evolution {
  const changes = new Changes(before, definitions);
  for (const source of [...definitions.sources, ...computedSources(definitions)]) {
    changes.compareKey(source);
    changes.compareSource(source);
  }
  for (const view of definitions.views) changes.compareView(view);
  changes.compareRemoved();
  const { moves, refusals, next } = changes;
  return { moves, refusals, next };
}

/** As it is declared: one text by its name alone. */
const declaredKey = ({ key, keyTypes }: Pick<DefinitionState, "key" | "keyTypes">): string =>
  keyTypes
    ? `{ ${Object.entries(keyTypes)
        .map(([column, type]) => `${column}: ${type}()`)
        .join(", ")} }`
    : q(key);

const bare = (declared: string): string => declared.replace(/^"(.*)"$/, "$1");

class Changes {
  readonly moves: Move[] = [];
  readonly refusals: Refusal[] = [];
  readonly next: DefinitionState;

  constructor(
    private readonly before: DefinitionState,
    private readonly definitions: Deployment,
  ) {
    this.next = firstState(definitions);
  }

  compareKey({ name, of }: Source): void {
    const state = this.before.sources[name];
    if (!state) return;
    const entity = entityOf(this.definitions, { of });
    const [before, now] = [
      declaredKey(state.key === undefined ? this.before : { key: state.key, keyTypes: state.keyTypes }),
      declaredKey(keyState(entity)),
    ];
    if (before === now) return;
    const one = this.definitions.entities.length === 1;
    this.#refuse(
      one
        ? `entity ${entity.name}: its key was ${bare(before)} and is ${bare(now)}; every row that was ever kept is found by the key, so it cannot change`
        : `source ${name}: its key was ${bare(before)} and is ${bare(now)}, of ${entity.name}; every row that was ever kept is found by the key, so it cannot change`,
      `entity(${q(entity.name)}, { key: ${before} }), or a deployment of another name with a home of its own`,
    );
  }

  compareSource(source: Source): void {
    const before = this.before.sources[source.name];
    if (!before) return;
    if (!this.#isForward(`source ${source.name}`, before.version, source.version)) return;
    const known: SourceState = {
      ...before,
      columns: { ...before.columns },
      retired: { ...before.retired },
    };
    this.#rename(source, known);
    this.#compareTypes(source, before, known);
    const kept = { ...known.retired, ...known.columns };
    for (const name of Object.keys(known.columns))
      if (!isIn(source.columns, name)) this.#requireRetired(source, known, name);
    for (const [name, type] of Object.entries(kept)) {
      if (!isIn(source.columns, name)) this.next.sources[source.name]!.retired[name] = type;
    }
    for (const name of Object.keys(source.retired)) {
      if (isIn(kept, name) || source.retired[name]) continue;
      this.#refuse(
        `source ${source.name}: column ${name} is retired, and no migration ever made it`,
        `retired without ${q(name)}, in source(${q(source.name)}, …)`,
      );
    }
  }

  compareView(view: FeatureView): void {
    const before = this.before.views[view.name];
    if (!before) return;
    if (!this.#isForward(`view ${view.name}`, before.version, view.version)) return;
    if (before.source !== view.source.name && view.version === before.version) {
      this.#refuse(
        `view ${view.name}: its source was ${before.source} and is ${view.source.name}; what it served so far is another thing`,
        `version: ${before.version + 1}, in featureView(${q(view.name)}, …)`,
      );
      return;
    }
    if (view.source.computedFrom)
      this.next.views[view.name]!.windows = {
        ...windowsMoved(before, this.moves),
        ...meaningsOf(view.source),
      };
    const renamed = this.#renames(view.source);
    for (const feature of before.features) {
      const name = renamed[feature] ?? feature;
      if (view.features.includes(name) || view.retired.includes(name) || view.retired.includes(feature))
        continue;
      // What is gone from the source is asked about there.
      if (before.source === view.source.name && !isIn(view.source.columns, name)) continue;
      const added = view.features.filter((each) => !before.features.includes(each));
      this.#refuse(
        `view ${view.name}: feature ${feature} is gone; models that learned it would be served no more`,
        `retired: [${list(view.retired, feature)}], in featureView(${q(view.name)}, …)`,
        ...this.#renameLines(`featureView(${q(view.name)}, …)`, feature, added, before.source, view.source),
      );
    }
  }

  compareRemoved(): void {
    const { sources, views, retiredSources, retiredViews } = this.definitions;
    for (const [name, state] of Object.entries(this.before.views)) {
      if (views.some((view) => view.name === name)) continue;
      this.next.views[name] = { ...state, declared: false };
      if (!state.declared || retiredViews.includes(name)) continue;
      this.#refuse(
        `view ${name} is gone; models that learned its features would be served no more`,
        `retiredViews: [${list(retiredViews, name)}], in deployment({ … })`,
      );
    }
    for (const [name, state] of Object.entries(this.before.sources)) {
      const all = [...sources, ...computedSources(this.definitions)];
      if (all.some((source) => source.name === name)) continue;
      this.next.sources[name] = { ...state, declared: false };
      // The rows of a window view go with it, which is asked about there.
      const isComputed = this.before.views[name]?.source === name;
      if (!state.declared || isComputed || retiredSources.includes(name)) continue;
      this.#refuse(
        `source ${name} is gone, with ${Object.keys(state.columns).length} columns of history`,
        `retiredSources: [${list(retiredSources, name)}], in deployment({ … })`,
      );
    }
  }

  /** A feature is its column: what a view renames is renamed in its source. */
  #renames(source: Source): Record<string, string> {
    const views = this.definitions.views.filter((view) => view.source.name === source.name);
    return Object.assign({}, source.renamed, ...views.map(({ renamed }) => renamed));
  }

  #rename(source: Source, known: SourceState): void {
    for (const [from, to] of Object.entries(this.#renames(source))) {
      const type = known.columns[from] ?? known.retired[from];
      if (type === undefined) continue;
      if (isIn(known.columns, to) || isIn(known.retired, to)) {
        this.#refuse(
          `source ${source.name}: column ${from} is to be renamed ${to}, and history has both; two columns are not joined`,
          `retired: [${list(Object.keys(source.retired), from)}] instead, in source(${q(source.name)}, …)`,
        );
        continue;
      }
      delete known.columns[from];
      delete known.retired[from];
      known.columns[to] = type;
      this.moves.push({ source: source.name, from, to });
    }
  }

  #compareTypes(source: Source, before: SourceState, known: SourceState): void {
    for (const [name, type] of Object.entries(typesOf(source.columns))) {
      const was = known.columns[name] ?? known.retired[name];
      if (was === undefined) continue;
      const problem = this.#changeOf(source, name, was, type);
      if (problem === null) continue;
      const served = this.definitions.views.filter(
        (view) => view.source.name === source.name && view.features.includes(name),
      );
      const raised = served.some(
        (view) => view.version > (this.before.views[view.name]?.version ?? view.version),
      );
      if (source.version === before.version && !raised) {
        const retired = `retired: [${list(Object.keys(source.retired), name)}], in ${declarationOf(source)}`;
        this.#refuse(
          problem,
          ...(source.computedFrom ? [] : [`version: ${before.version + 1}, in ${declarationOf(source)}`]),
          ...served.map(
            ({ name: view, version }) => `version: ${version + 1}, in featureView(${q(view)}, …)`,
          ),
          source.computedFrom
            ? `another name for the feature as it is now, and ${retired}`
            : `another name for the column of type ${type}, and ${retired}`,
        );
        continue;
      }
      const archived = this.#archiveName(before, known, name);
      known.retired[archived] = was;
      delete known.columns[name];
      delete known.retired[name];
      this.moves.push({ source: source.name, from: name, to: archived });
    }
  }

  /** Why what is kept of a column is not what it holds from now on; null: it is the same thing. */
  #changeOf(source: Source, name: string, was: string, type: string): string | null {
    const view = this.before.views[source.name];
    const [before, now] = [windowBefore(view, this.#renames(source), name), windowMeaning(source, name)];
    if (before !== undefined && now !== null && before !== now)
      return `view ${source.name}: feature ${name} was ${q(before)} and is ${q(now)}; what is kept of it was computed in the other way`;
    if (was === type) return null;
    return `source ${source.name}: column ${name} was ${was} and is ${type}; what is kept of it cannot become another type`;
  }

  /** A column of another type goes on beside the one it was: `pages__v1`. */
  #archiveName(before: SourceState, known: SourceState, name: string): string {
    for (let version = before.version; ; version++) {
      const archived = `${name}__v${version}`;
      if (!isIn(known.columns, archived) && !isIn(known.retired, archived)) return archived;
    }
  }

  #requireRetired(source: Source, known: SourceState, name: string): void {
    const views = this.definitions.views.filter((view) => view.source.name === source.name);
    if (isIn(source.retired, name) || views.some(({ retired }) => retired.includes(name))) return;
    const added = Object.keys(source.columns).filter((each) => !isIn(known.columns, each));
    this.#refuse(
      `source ${source.name}: column ${name} is gone, with its history`,
      `retired: [${list(Object.keys(source.retired), name)}], in source(${q(source.name)}, …)`,
      ...this.#renameLines(`source(${q(source.name)}, …)`, name, added, source.name, source),
    );
  }

  /** Of new names that are of the type of the one that is gone: it may have become any of them. */
  #renameLines(
    where: string,
    name: string,
    added: readonly string[],
    from: string,
    source: Source,
  ): string[] {
    const state = this.before.sources[from];
    const type = state?.columns[name];
    return added
      .filter((each) => source.columns[each]?.type === type && !isIn(state?.columns ?? {}, each))
      .map((each) => `renamed: { ${name}: ${q(each)} }, in ${where}`);
  }

  #isForward(of: string, before: number, now: number): boolean {
    if (now >= before) return true;
    this.#refuse(
      `${of}: version ${now} is before ${before}, that of the last migration`,
      `version: ${before}`,
    );
    return false;
  }

  #refuse(problem: string, ...lines: string[]): void {
    this.refusals.push({ problem, lines });
  }
}

/** Where a change of a source's columns is written. */
const declarationOf = ({ name, computedFrom }: Source): string =>
  `${computedFrom ? "featureView" : "source"}(${q(name)}, …)`;
const q = (name: string): string => JSON.stringify(name);
const list = (names: readonly string[], name: string): string => [...names, name].map(q).join(", ");
const isIn = (of: object, name: string): boolean => Object.hasOwn(of, name);
