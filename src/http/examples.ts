import { defaultModelOf } from "../definitions/language/default-model.js";
import { type Deployment, featuresOf } from "../definitions/language/deployment.js";
import { entityNames, plural } from "../definitions/language/entity-names.js";

/** Fields of the entity's source and of its features, as the examples are written. */
const ATTRIBUTES = /\n\s+signupDate\b/g;
const FEATURES = /\b(values|featuresUsed) \{[^}]*\}/g;
/** Users of the sample data: no other deployment has them. */
const SAMPLE_KEYS = /"(9088-YVPER|1153-UKSWJ)"/g;

/** What the examples are written for. */
const isShipped = ({ name, entity }: Deployment): boolean =>
  name === "streamflow" && entity.key === "user_id";

/** The playground's examples in the words of the deployment: its entity, its key, the first of its features. */
export function examplesFor(text: string, definitions: Deployment): string {
  if (isShipped(definitions)) return text;
  const { field, fields, many, words } = entityNames(definitions.entity);
  const features = featuresOf(definitions.views)
    .slice(0, 3)
    .map((feature) => feature.field);
  return text
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

/** The examples step by step: each part that begins with `## `. */
export const tabsOf = (examples: string): string[] =>
  examples
    .split(/^## /m)
    .slice(1)
    .map((part) => `# ${part.trim()}\n`);
