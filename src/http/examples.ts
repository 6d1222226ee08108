import type { Column } from "../definitions/language/column.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import { defaultModelOf } from "../definitions/language/default-model.js";
import { type Deployment, featuresOf } from "../definitions/language/deployment.js";
import { defaultEntityOf } from "../definitions/language/entities.js";
import { entityNames, plural } from "../definitions/language/entity-names.js";
import { requestedFeatures } from "../definitions/language/service-features.js";

/** Fields of the entity's source and of its features, as the examples are written. */
const ATTRIBUTES = /\n\s+signupDate\b/g;
const FEATURES = /\b(values|featuresUsed) \{[^}]*\}/g;
/** Users of the sample data: no other deployment has them. */
const SAMPLE_KEYS = /"(9088-YVPER|1153-UKSWJ)"/g;

/** What the examples are written for. */
const isShipped = (definitions: Deployment): boolean =>
  definitions.name === "streamflow" && defaultEntityOf(definitions).key === "user_id";

/** The playground's examples in the words of the deployment: its entity, its key, the first of its features. */
export function examplesFor(text: string, definitions: Deployment): string {
  if (isShipped(definitions)) return text;
  const { field, fields, many, words } = entityNames(defaultEntityOf(definitions));
  const features = featuresOf(definitions.views)
    .slice(0, 3)
    .map((feature) => feature.field);
  const request = sampleRequest(definitions);
  const brought = request ? `, request: ${request}` : "";
  return text
    .replace(/\b(predict|predictMany)\(([^)]*)\) \{/g, `$1($2${brought}) {`)
    .replaceAll('"churn"', JSON.stringify(defaultModelOf(definitions) ?? "a model's name"))
    .replace(ATTRIBUTES, "")
    .replace(FEATURES, (_, name: string) => `${name} { ${features.join(" ")} }`)
    .replace(SAMPLE_KEYS, `"a ${words}'s key"`)
    .replace(/\buserIds\b/g, fields)
    .replace(/\buserId\b/g, field)
    .replace(/\busers\(/g, `${many}(`)
    .replace(/\bquery Users\b/g, "query First")
    .replace(/\busers\b/g, plural(words))
    .replace(/\buser\b/g, words);
}

/** What a request to the default model may bring, as GraphQL writes it; empty where it brings nothing. */
function sampleRequest({ services }: Deployment): string {
  const values = (services[0] ? requestedFeatures(services[0]) : []).map(
    ({ name, column }) => `${name}: ${sampleValue(column)}`,
  );
  return values.length > 0 ? `{ ${values.join(", ")} }` : "";
}

function sampleValue({ type, oneOf, min, max }: Column): string {
  if (oneOf) return JSON.stringify(oneOf[0]);
  if (type === "bool") return "true";
  if (type === "date") return '"2024-01-31"';
  return factsOf(type).feature === "numeric" ? String(min ?? max ?? 1) : '"a text"';
}

/** The examples step by step: each part that begins with `## `. */
export const tabsOf = (examples: string): string[] =>
  examples
    .split(/^## /m)
    .slice(1)
    .map((part) => `# ${part.trim()}\n`);
