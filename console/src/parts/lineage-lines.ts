/** One thing that another was made from. */
export interface LineageNode {
  /** Among all nodes of the picture. */
  id: string;
  label: string;
  detail?: string;
  /** What tells its bytes apart, and what that is: `SHA-256`, `commit`. */
  hash: { kind: string; value: string } | null;
  to: string;
  /** What it was made from, by id: nodes of later stages. */
  from: readonly string[];
}

/** Nodes of one kind, under one heading. */
export interface LineageStage {
  title: string;
  nodes: readonly LineageNode[];
}

interface NodeBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How far left of the nodes the lines of a narrow screen run: those of one node, and each further one beside it. */
const GUTTER = 12;
const BETWEEN = 6;

/**
 * Beside each other from side to side; below each other along the left edge. Ends at the node that was made.
 * @param place of that node in its stage
 */
export function lineBetween(
  source: NodeBox | undefined,
  made: NodeBox | undefined,
  place: number,
): string | null {
  if (!source || !made) return null;
  const [from, to] = [source.y + source.height / 2, made.y + made.height / 2];
  const beside = source.x > made.x + made.width;
  if (!beside) {
    const gutter = round(Math.min(source.x, made.x) - GUTTER - BETWEEN * Math.min(place, 2));
    return `M${round(source.x)} ${round(from)}H${gutter}V${round(to)}H${round(made.x)}`;
  }
  const [start, end] = [source.x, made.x + made.width];
  const middle = (start + end) / 2;
  return `M${round(start)} ${round(from)}C${round(middle)} ${round(from)} ${round(middle)} ${round(to)} ${round(end)} ${round(to)}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
