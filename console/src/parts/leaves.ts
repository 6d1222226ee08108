/**
 * Parameters by their dotted names, as filters and comparisons name them: `hyperparameters.trees`. A list, and an object
 * without fields, is a leaf.
 */
export function leavesOf(value: unknown, prefix = ""): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, inner] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const name = prefix + key;
    const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    if (isObject && Object.keys(inner).length > 0) {
      for (const [leaf, of] of leavesOf(inner, `${name}.`)) leaves.set(leaf, of);
    } else leaves.set(name, inner);
  }
  return leaves;
}
