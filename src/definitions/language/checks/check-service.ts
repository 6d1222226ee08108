import { CALIBRATIONS, decisionProblem } from "../../../values/decision.js";
import { SAMPLE_WEIGHT } from "../../../values/held-out.js";
import { BINARY, CLASSES, LABEL_TYPES, MULTICLASS } from "../../../values/task.js";
import { factsOf, isColumnType } from "../column-types/registry.js";
import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import { checkDriftPolicy } from "../drift-policy.js";
import { entityOf, entityOfService, pathTo } from "../entities.js";
import { type FeatureService, taskOfService } from "../feature-service.js";
import { checkGates } from "../gates.js";
import { decisionOf } from "../learns.js";
import { storedFeatures } from "../service-features.js";
import { isEventSource } from "../windows/event-source.js";
import { checkServiceFeatures } from "./check-service-features.js";

export function checkService(deployment: Deployment, service: FeatureService, report: Refuse): void {
  const refuse = about(`service ${service.name}`, report);
  const { sources, views } = deployment;
  if (service.views.length === 0) refuse("it has no views");
  for (const view of service.views) {
    if (!views.includes(view)) refuse(`its view ${view.name} is not listed in views`);
  }
  checkLabel(service, sources, refuse);
  checkSubject(deployment, service, refuse);
  const { label } = service;
  for (const { name, column, view } of storedFeatures(service)) {
    const facts = column && isColumnType(column.type) ? factsOf(column.type) : null;
    if (facts?.feature === null) refuse(`feature ${name} is a ${column.type}; ${facts.remedy}`);
    if (view.source === label.source && name === label.column)
      refuse(`its label ${name} is one of its features`);
  }
  checkServiceFeatures(deployment, service, refuse);
  checkThreshold(service, refuse);
  checkWeight(deployment, service, refuse);
  const { name: subject } = entityOfService(deployment, service);
  const known = deployment.entities.find(({ entity }) => entity.name === subject);
  // A label that is none is refused above.
  const task = (Object.hasOwn(label.source.columns, label.column) && taskOfService(service)) || BINARY;
  if (known) checkGates(service.gates, { attributes: Object.keys(known.source.columns), task }, refuse);
  if (service.driftPolicy) checkDriftPolicy(service.driftPolicy, refuse);
}

/** Its label is of one entity, and each view of that one or of one it belongs to. */
function checkSubject(deployment: Deployment, service: FeatureService, refuse: Refuse): void {
  const subject = entityOfService(deployment, service);
  const { source } = service.label;
  const labelled = entityOf(deployment, source);
  if (labelled.name !== subject.name)
    refuse(
      `it is about the entity ${subject.name}, and its label's source ${source.name} about ${labelled.name}; name that entity, or another label`,
    );
  for (const { name, source } of service.views) {
    const { name: entity } = entityOf(deployment, source);
    if (pathTo(deployment, subject, { name: entity })) continue;
    refuse(
      `its view ${name} is about the entity ${entity}, which ${subject.name} does not belong to; take it out, or declare belongsTo`,
    );
  }
}

function checkLabel(service: FeatureService, sources: Deployment["sources"], refuse: Refuse): void {
  const { source, column } = service.label;
  if (!sources.includes(source)) refuse(`its label's source ${source.name} is not listed in sources`);
  if (isEventSource(source))
    refuse(
      `its label's source ${source.name} has many rows an entity; a label is a column of a source that has one`,
    );
  if (!Object.hasOwn(source.columns, column)) {
    refuse(`its label's source ${source.name} has no column ${column}`);
    return;
  }
  const task = taskOfService(service);
  if (task?.name === MULTICLASS.name) checkClasses(service, refuse);
  if (task) return;
  refuse(`its label ${column} must be a column of type ${LABEL_TYPES.join(", ")}`);
}

/** A column that says what it may hold says which classes there may be. */
function checkClasses({ label }: FeatureService, refuse: Refuse): void {
  const { oneOf } = label.source.columns[label.column]!;
  if (!oneOf || (oneOf.length >= CLASSES.min && oneOf.length <= CLASSES.max)) return;
  const remedy = oneOf.length < CLASSES.min ? "; learn a bool column with binary" : "; join rare ones to one";
  refuse(
    `its label ${label.column} may be one of ${oneOf.length} texts; a model tells ${CLASSES.min} to ${CLASSES.max} classes apart${remedy}`,
  );
}

/** A column of numbers of a source with one row an entity, of the service's own or of one it belongs to. */
function checkWeight(deployment: Deployment, service: FeatureService, refuse: Refuse): void {
  const { weight, label } = service;
  if (!weight) return;
  const { source, column } = weight;
  if (!deployment.sources.includes(source)) {
    refuse(`its weight's source ${source.name} is not listed in sources`);
    return;
  }
  if (isEventSource(source))
    refuse(
      `its weight's source ${source.name} has many rows an entity; a weight is a column of a source that has one`,
    );
  const declared = Object.hasOwn(source.columns, column) ? source.columns[column]! : null;
  if (!declared) refuse(`its weight's source ${source.name} has no column ${column}`);
  else if (declared.type === "bool" || factsOf(declared.type).feature !== "numeric")
    refuse(`its weight ${column} is a ${declared.type}; a weight is a number`);
  if (source === label.source && column === label.column) refuse(`its weight ${column} is its label`);
  const { name: entity } = entityOf(deployment, source);
  const subject = entityOfService(deployment, service);
  if (!pathTo(deployment, subject, { name: entity }))
    refuse(
      `its weight's source ${source.name} is about the entity ${entity}, which ${subject.name} does not belong to; name another weight, or declare belongsTo`,
    );
  const taken = [label.column, ...storedFeatures(service).map(({ name }) => name)];
  if (taken.includes(SAMPLE_WEIGHT))
    refuse(
      `its rows weigh: ${SAMPLE_WEIGHT} is what exports call that, and no feature or label may be called so`,
    );
}

function checkThreshold(service: FeatureService, refuse: Refuse): void {
  const { label, threshold, calibration } = service;
  const task = Object.hasOwn(label.source.columns, label.column) ? taskOfService(service) : undefined;
  const decides = !task || task.name === BINARY.name;
  if (threshold && !decides)
    refuse("its threshold says where an answer becomes a yes: it is for a bool label");
  const problem = threshold && decisionProblem({ ...decisionOf(threshold) });
  if (problem) refuse(`its threshold: ${problem}`);
  if (calibration === undefined) return;
  if (!decides) refuse("its calibration puts probabilities right: it is for a bool label");
  if (!Object.hasOwn(CALIBRATIONS, calibration))
    refuse(
      `its calibration ${JSON.stringify(calibration)} is none of ${Object.keys(CALIBRATIONS).join(", ")}`,
    );
}
