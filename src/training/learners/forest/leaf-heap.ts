/** Leaves that can still be split, the one that gains most first; of equal gains the older one. */
export class LeafHeap<L extends { node: number; split: { gain: number } | null }> {
  private readonly leaves: L[] = [];

  push(leaf: L): void {
    const { leaves } = this;
    let at = leaves.push(leaf) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(leaves[at]!, leaves[parent]!)) return;
      [leaves[at], leaves[parent]] = [leaves[parent]!, leaves[at]!];
      at = parent;
    }
  }

  pop(): L | undefined {
    const { leaves } = this;
    const first = leaves[0];
    const last = leaves.pop();
    if (leaves.length === 0 || last === undefined) return first;
    leaves[0] = last;
    for (let at = 0; ; ) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < leaves.length && before(leaves[child]!, leaves[best]!)) best = child;
      }
      if (best === at) return first;
      [leaves[at], leaves[best]] = [leaves[best]!, leaves[at]!];
      at = best;
    }
  }
}

function before<L extends { node: number; split: { gain: number } | null }>(a: L, b: L): boolean {
  return a.split!.gain > b.split!.gain || (a.split!.gain === b.split!.gain && a.node < b.node);
}
