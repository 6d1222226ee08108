import type { Deployment } from "./deployment-parts.js";
import { featuresOf, retiredFeaturesOf } from "./feature-view.js";
import { serviceFeatures } from "./service-features.js";
import type { Source } from "./source.js";

type Declared = Pick<Deployment, "sources" | "views" | "services">;

/** Which columns of a deployment are personal, and which features have their values or are computed of them. */
export class PersonalColumns {
  /** Whether any column is. */
  readonly any: boolean;
  /** By source: the personal columns, by the names they have and those they had. */
  readonly #columns = new Map<string, ReadonlySet<string>>();
  readonly #features = new Set<string>();
  readonly #others = new Set<string>();
  /** Of each source the pairs of columns that it compares. */
  readonly #pairs = new Map<string, readonly (readonly [string | null, string | null])[]>();

  constructor({ sources, views, services }: Declared) {
    for (const source of sources) {
      this.#columns.set(source.name, personalOf(source));
      const pairs = (source.expectations ?? []).map(({ column, other }) => [column, other] as const);
      this.#pairs.set(source.name, pairs);
    }
    const stored = [...featuresOf(views), ...retiredFeaturesOf(views)];
    for (const { name, column, view } of stored) {
      const names = [name, ...formerNames(view.renamed, name)];
      for (const each of names) (column?.personal ? this.#features : this.#others).add(each);
    }
    for (const { name, column } of services.flatMap((service) => [...serviceFeatures(service)]))
      (column.personal ? this.#features : this.#others).add(name);
    for (const request of services.flatMap(({ request = [] }) => request)) {
      const column = request.from ? request.from.source.columns[request.from.column] : request.column;
      (column?.personal ? this.#features : this.#others).add(request.name);
    }
    for (const { label } of services)
      for (const name of Object.keys(label.source.columns)) {
        const isPersonal = this.hasColumn(label.source.name, name);
        (isPersonal ? this.#features : this.#others).add(name);
      }
    this.any = this.#features.size > 0 || [...this.#columns.values()].some(({ size }) => size > 0);
  }

  /** `applicants.income`, in order: what runs put down of what they masked. */
  get names(): string[] {
    const all = [...this.#columns].flatMap(([source, columns]) =>
      [...columns].map((column) => `${source}.${column}`),
    );
    return all.sort();
  }

  /** The same, of what may have a value of any of them. */
  all(): readonly string[] {
    return this.names;
  }

  hasColumn(source: string, column: string): boolean {
    return this.#columns.get(source)?.has(column) ?? false;
  }

  /** Whether anything of the source is. One that is declared no longer may have been anything. */
  hasSource(source: string): boolean {
    const columns = this.#columns.get(source);
    return columns ? columns.size > 0 : this.any;
  }

  /** Whether a feature's values are masked: so are those of one that nobody declares any more. */
  hasFeature(name: string): boolean {
    return this.#features.has(name) || (this.any && !this.#others.has(name));
  }

  /**
   * Whether words about a column's values, or about a row as a whole (null), may quote a personal one: its own, or one that it is
   * compared with.
   */
  mayQuote(source: string, column: string | null): boolean {
    if (!this.hasSource(source)) return false;
    if (column === null || this.hasColumn(source, column)) return true;
    const pairs = this.#pairs.get(source) ?? [];
    return pairs.some(([one, other]) => one === column && other !== null && this.hasColumn(source, other));
  }
}

const known = new WeakMap<Declared, PersonalColumns>();

/** The personal columns of a deployment. */
export function personalColumns(deployment: Declared): PersonalColumns {
  let columns = known.get(deployment);
  if (!columns) {
    columns = new PersonalColumns(deployment);
    known.set(deployment, columns);
  }
  return columns;
}

function personalOf({ columns, retired, renamed }: Source): ReadonlySet<string> {
  const all = [...Object.entries(columns), ...Object.entries(retired)];
  const names = all.flatMap(([name, column]) => (column?.personal ? [name] : []));
  return new Set(names.flatMap((name) => [name, ...formerNames(renamed, name)]));
}

/** All that a name was before, however often it was changed. */
function formerNames(renamed: Readonly<Record<string, string>>, name: string): string[] {
  const before = Object.entries(renamed).flatMap(([former, now]) => (now === name ? [former] : []));
  return before.flatMap((former) => [former, ...formerNames(renamed, former)]);
}
