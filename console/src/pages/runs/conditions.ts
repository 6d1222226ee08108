import type {
  MetricFilter,
  ParamFilter,
  RunFilter,
  RunKind,
  RunStatus,
  TagFilter,
} from "../../graphql/graphql.js";

/** Conditions as people write them in the filter bar and in the address: `team=red`, `seed=7`, `auc>=0.8`. */

/** `team=red`, or `team` for any text. */
export function parseTag(text: string): TagFilter | null {
  const [name, value] = splitAtEquals(text);
  return name ? { name, ...(value !== null && { value }) } : null;
}

/** `seed=7`, `algorithm=RANDOM_FOREST`, `seed="7"` for the text, or `seed` for any value. */
export function parseParam(text: string): ParamFilter | null {
  const [name, value] = splitAtEquals(text);
  return name ? { name, ...(value !== null && { value: jsonOrText(value) }) } : null;
}

/** `auc>=0.8`, `loss<=0.3`, `f1=1`, or `auc` for any value. Bounds are part of the range. */
export function parseMetric(text: string): MetricFilter | null {
  const match = /^([^<>=]+?)\s*(>=|<=|=)\s*(\S+)$/.exec(text.trim());
  if (!match) return text.trim() && !/[<>=]/.test(text) ? { name: text.trim() } : null;
  const [, name, operator, bound] = match;
  const value = Number(bound);
  if (!Number.isFinite(value)) return null;
  return {
    name: name!,
    ...(operator !== "<=" && { min: value }),
    ...(operator !== ">=" && { max: value }),
  };
}

function splitAtEquals(text: string): [name: string, value: string | null] {
  const at = text.indexOf("=");
  return at < 0 ? [text.trim(), null] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the address asks for, and the conditions in it that cannot be read. */
export function filterOf(params: URLSearchParams): { where: RunFilter; unread: string[] } {
  const unread: string[] = [];
  const each = <Condition>(name: string, parse: (text: string) => Condition | null): Condition[] =>
    params.getAll(name).flatMap((text) => {
      const condition = parse(text);
      if (condition === null) unread.push(`${name} ${text}`);
      return condition === null ? [] : [condition];
    });
  const kinds = params.getAll("kind") as RunKind[];
  const statuses = params.getAll("status") as RunStatus[];
  const tags = each("tag", parseTag);
  const wantedParams = each("param", parseParam);
  const metrics = each("metric", parseMetric);
  const [model, experiment, actor, asOf] = ["model", "experiment", "actor", "asOf"].map((name) =>
    params.get(name),
  );
  const [createdFrom] = each("from", (day) => midnight(day, 0));
  const [createdBefore] = each("to", (day) => midnight(day, 1));
  const where: RunFilter = {
    ...(kinds.length > 0 && { kinds }),
    ...(statuses.length > 0 && { statuses }),
    ...(model && { model }),
    ...(experiment && { experiment }),
    ...(actor && { actor }),
    ...(asOf && { asOf }),
    ...(tags.length > 0 && { tags }),
    ...(wantedParams.length > 0 && { params: wantedParams }),
    ...(metrics.length > 0 && { metrics }),
    ...(createdFrom && { createdFrom }),
    ...(createdBefore && { createdBefore }),
  };
  return { where, unread };
}

/** The beginning of a day in the reader's zone, or of one after it, as an instant. */
function midnight(day: string, later: number): string | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!parts) return null;
  const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
