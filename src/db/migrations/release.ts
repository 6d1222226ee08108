/** Below zero where `a` is the older release; `0.2.0-rc.1` is older than `0.2.0`. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) {
    const difference = left.numbers[i]! - right.numbers[i]!;
    if (difference !== 0) return difference;
  }
  if (left.pre === right.pre) return 0;
  if (left.pre === "" || right.pre === "") return left.pre === "" ? 1 : -1;
  return left.pre < right.pre ? -1 : 1;
}

function parse(release: string): { numbers: number[]; pre: string } {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(release);
  if (!match) throw new Error(`release ${JSON.stringify(release)}: it must be a version such as 0.2.0`);
  return { numbers: match.slice(1, 4).map(Number), pre: match[4] ?? "" };
}
