import type { PlannedChange, PlannedChanges } from "../src/cli/plan/planned-changes.js";
import { originInWords } from "../src/definitions/language/origin.js";
import type { DefinitionState, SourceState } from "./evolution-state.js";
import type { PlannedMigration } from "./generate-deployment.js";

/** A planned migration in the words of definitions, column by column. */
export function plannedChanges({
  before,
  after,
  statements,
  moves,
  refusals,
}: PlannedMigration): PlannedChanges {
  const changes: PlannedChange[] = moves.map(({ source, from, to }) => ({
    kind: "renamed",
    source,
    column: from,
    to,
  }));
  const was = before?.definitions ?? null;
  for (const [source, now] of Object.entries(after.definitions.sources))
    changes.push(
      ...changesOf(
        source,
        was?.sources[source],
        now,
        moves.flatMap((move) => (move.source === source ? [move] : [])),
      ),
    );
  return {
    isFirst: before === null,
    statements,
    refusals,
    changes,
    features: featureChanges(was, after.definitions),
  };
}

function changesOf(
  source: string,
  before: SourceState | undefined,
  now: SourceState,
  moves: readonly { from: string; to: string }[],
): PlannedChange[] {
  const moved = (name: string) => moves.some(({ from, to }) => from === name || to === name);
  const known = (name: string) =>
    before && (Object.hasOwn(before.columns, name) || Object.hasOwn(before.retired, name));
  const added = Object.entries(now.columns).flatMap(([column, type]): PlannedChange[] =>
    known(column) && !moves.some(({ from }) => from === column)
      ? []
      : moves.some(({ to }) => to === column)
        ? []
        : [{ kind: "added", source, column, type }],
  );
  const retired = Object.keys(now.retired).flatMap((column): PlannedChange[] =>
    before && Object.hasOwn(before.columns, column) && !moved(column)
      ? [{ kind: "retired", source, column }]
      : [],
  );
  return [...added, ...retired, ...(before ? deliveryChanges(source, before, now) : [])];
}

/** What no migration is needed for: where the rows come from, whether a delivery may lack them, how long events are kept. */
function deliveryChanges(source: string, before: SourceState, now: SourceState): PlannedChange[] {
  const [from, to] = [before, now].map((state) => state.from ?? originInWords(undefined)) as [string, string];
  return [
    ...(from === to ? [] : [{ kind: "moved", source, from, to } as const]),
    ...(before.sometimes === now.sometimes
      ? []
      : [{ kind: "delivered", source, to: now.sometimes ? "sometimes" : "always" } as const]),
    ...(before.keepDays === now.keepDays
      ? []
      : [{ kind: "kept", source, from: before.keepDays ?? null, to: now.keepDays ?? null } as const]),
  ];
}

/** By view: what is served from then on, and what no longer. */
function featureChanges(before: DefinitionState | null, now: DefinitionState): PlannedChanges["features"] {
  return Object.entries(now.views).flatMap(([view, { features, declared }]) => {
    const was = before?.views[view]?.declared ? before.views[view].features : [];
    const is = declared ? features : [];
    const added = is.filter((name) => !was.includes(name));
    const gone = was.filter((name) => !is.includes(name));
    return added.length + gone.length === 0 ? [] : [{ view, added, gone }];
  });
}
