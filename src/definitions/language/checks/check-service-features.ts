import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import type { DeclaredDerived, LeafOwner } from "../derived.js";
import { entityOf, entityOfService, pathTo } from "../entities.js";
import { type Leaf, leavesOf, treeProblem } from "../expression/tree.js";
import type { FeatureService } from "../feature-service.js";
import { featuresOf, retiredFeaturesOf } from "../feature-view.js";
import { checkFields, IDENTIFIER } from "../names.js";
import { columnOfRequest } from "../request.js";
import { isLearnable, storedFeatures } from "../service-features.js";
import type { Source } from "../source.js";
import { isEventSource } from "../windows/event-source.js";
import { TAKEN_COLUMNS } from "./reserved.js";

/** What a service takes of a view, of a request, and what it computes of them. */
export function checkServiceFeatures(parts: Deployment, service: FeatureService, refuse: Refuse): void {
  checkPicked(service, refuse);
  for (const feature of service.request ?? []) checkRequest(parts, service, feature.name, refuse);
  for (const feature of service.derived ?? [])
    checkDerived(parts, service, feature, about(`derived feature ${feature.name}`, refuse));
  checkAddedNames(parts, service, refuse);
}

function checkPicked({ views, picked = {} }: FeatureService, refuse: Refuse): void {
  for (const { name, features } of views) {
    for (const feature of picked[name] ?? [])
      if (!features.includes(feature))
        refuse(`view ${name} has no feature ${feature}; it has ${features.join(", ")}`);
  }
}

function checkRequest(parts: Deployment, service: FeatureService, name: string, report: Refuse): void {
  const feature = service.request!.find((each) => each.name === name)!;
  const refuse = about(`request feature ${name}`, report);
  const { from } = feature;
  if (!from) {
    refuse("a model learns it from a column; write from(source.column)");
    return;
  }
  const { source, column } = from;
  if (!parts.sources.includes(source)) refuse(`its source ${source.name} is not listed in sources`);
  else checkReach(parts, service, source, refuse);
  if (isEventSource(source))
    refuse(
      `its source ${source.name} has many rows an entity, and a model learns a request feature from one; take a column of a source without eventTime, or the window of a view: last(${JSON.stringify(column)})`,
    );
  if (source === service.label.source && column === service.label.column) refuse("it is the service's label");
  if (!isLearnable(columnOfRequest(feature)) && !isUsed(service, name))
    refuse("it is a date, which models do not take, and no derived feature is computed of it");
}

const isUsed = ({ derived = [] }: FeatureService, name: string): boolean =>
  derived.some(
    ({ tree }) =>
      treeProblem(tree) === null &&
      leavesOf(tree).some((leaf) => leaf.op === "request" && leaf.name === name),
  );

function checkDerived(
  parts: Deployment,
  service: FeatureService,
  { type, tree, owners }: DeclaredDerived,
  refuse: Refuse,
): void {
  const problem = treeProblem(tree);
  if (problem) {
    refuse(problem);
    return;
  }
  if (!isLearnable({ type }))
    refuse("it is a date; models take numbers, booleans and strings: take daysBetween of two dates");
  const leaves = leavesOf(tree);
  if (leaves.length === 0) refuse("it is the same for every row; name a column or a request feature in it");
  for (const [i, leaf] of leaves.entries()) checkLeaf(parts, service, leaf, owners[i]!, refuse);
}

/** Of each key there is one row: the entity's own, or that of one it belongs to. */
function checkReach(parts: Deployment, service: FeatureService, source: Source, refuse: Refuse): void {
  const subject = entityOfService(parts, service);
  const { name } = entityOf(parts, source);
  if (!pathTo(parts, subject, { name }))
    refuse(`its source ${source.name} is about the entity ${name}, which ${subject.name} does not belong to`);
}

function checkLeaf(
  parts: Deployment,
  service: FeatureService,
  leaf: Leaf,
  { source, view }: LeafOwner,
  refuse: Refuse,
): void {
  const { sources, views } = parts;
  const { name } = leaf;
  if (leaf.op === "request") {
    if (!service.request?.some((feature) => feature.name === name))
      refuse(`the service has no request feature ${name}; add the request to its features`);
    return;
  }
  if (leaf.op === "feature") {
    if (!view || !views.includes(view)) refuse(`its view ${leaf.view} is not listed in views`);
    else checkReach(parts, service, view.source, refuse);
    return;
  }
  if (!source || !sources.includes(source)) refuse(`its source ${leaf.source} is not listed in sources`);
  else if (isEventSource(source))
    refuse(
      `source ${source.name} has many rows an entity, so that ${leaf.source}.${name} has no one value; name a window feature of a view instead: last(${JSON.stringify(name)})`,
    );
  else if (!views.some((view) => view.source === source && view.features.includes(name)))
    refuse(`${leaf.source}.${name} is a feature of no view, so nothing serves it; add it to a view`);
  else checkReach(parts, service, source, refuse);
  if (source === service.label.source && name === service.label.column)
    refuse("it is computed of the service's label");
}

/** Names that a request or an expression adds: each means one thing in a prediction, an export and GraphQL. */
function checkAddedNames(
  { entities, views, services }: Deployment,
  service: FeatureService,
  report: Refuse,
): void {
  const added = addedNames(service);
  const stored = new Set([...featuresOf(views), ...retiredFeaturesOf(views)].map(({ name }) => name));
  const taken = [...TAKEN_COLUMNS, ...entities.map(({ entity }) => entity.key), service.label.column];
  for (const [index, { name, kind }] of added.entries()) {
    const refuse = about(`${kind} feature ${JSON.stringify(name)}`, report);
    if (!IDENTIFIER.test(name)) refuse("use lower_snake_case of at most 41 characters");
    if (added.findIndex((each) => each.name === name) !== index)
      refuse("the service has two of that name; rename one");
    else if (stored.has(name)) refuse("a view has a feature of that name; rename one");
    if (taken.includes(name)) refuse("it is the name of a column that an export has beside it; rename it");
    const other = services.find((each) =>
      addedNames(each).some((same) => same.name === name && same.type !== added[index]!.type),
    );
    if (other) refuse(`service ${other.name} has one of that name and another type; rename one`);
  }
  const names = new Set([...storedFeatures(service), ...added].map(({ name }) => name));
  if (added.length > 0) checkFields("its features", [...names], report);
}

const addedNames = ({ request = [], derived = [] }: FeatureService) => [
  ...request.flatMap((feature) => {
    const column = columnOfRequest(feature);
    return column ? [{ name: feature.name, kind: "request" as const, type: column.type }] : [];
  }),
  ...derived.map(({ name, type }) => ({ name, kind: "derived" as const, type })),
];
