import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

/** Of one operation with every fragment in its place. */
export interface Measures {
  /** Without introspection, which is deep by nature and bounded by a rule of graphql-js. */
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  rootFields: number;
  introspection: boolean;
}

const NOTHING: Measures = {
  depth: 0,
  fields: 0,
  aliases: 0,
  directives: 0,
  rootFields: 0,
  introspection: false,
};

/**
 * The greatest measures of the document's operations. Each fragment is measured once, so that fragments which
 * spread others twice, and so on, take no longer than their text. A cycle counts as nothing: validation refuses it.
 */
export function measureDocument(document: DocumentNode): Measures {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const known = new Map<string, Measures>();

  const ofFragment = (name: string): Measures => {
    const measured = known.get(name);
    if (measured) return measured;
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    if (!fragment) return NOTHING;
    const inside = ofSelections(fragment.selectionSet);
    const measures = { ...inside, directives: inside.directives + (fragment.directives?.length ?? 0) };
    known.set(name, measures);
    return measures;
  };

  const ofSelections = ({ selections }: SelectionSetNode): Measures => {
    const total = { ...NOTHING };
    for (const node of selections) {
      const field = node.kind === Kind.FIELD;
      const inside = field
        ? node.selectionSet && ofSelections(node.selectionSet)
        : node.kind === Kind.INLINE_FRAGMENT
          ? ofSelections(node.selectionSet)
          : ofFragment(node.name.value);
      const introspects = field && (node.name.value === "__schema" || node.name.value === "__type");
      const counted = introspects
        ? { ...(inside ?? NOTHING), depth: 0, introspection: true }
        : (inside ?? NOTHING);
      add(total, counted, node.directives?.length ?? 0, field);
      if (field && node.alias) total.aliases++;
    }
    return total;
  };

  const greatest = { ...NOTHING };
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const measures = ofSelections(node.selectionSet);
    measures.directives += node.directives?.length ?? 0;
    for (const name of ["depth", "fields", "aliases", "directives", "rootFields"] as const) {
      greatest[name] = Math.max(greatest[name], measures[name]);
    }
    greatest.introspection ||= measures.introspection;
  }
  return greatest;
}

function add(total: Measures, inside: Measures, directives: number, field: boolean): void {
  total.depth = Math.max(total.depth, inside.depth + (field ? 1 : 0));
  total.fields += inside.fields + (field ? 1 : 0);
  total.aliases += inside.aliases;
  total.directives += inside.directives + directives;
  total.rootFields += field ? 1 : inside.rootFields;
  total.introspection ||= inside.introspection;
}
