import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import type { Entity } from "../entity.js";
import { checkKey, keyColumnsOf } from "../key.js";
import { camelCase, checkFields, IDENTIFIER } from "../names.js";
import { computedSources, eventSources, stateSources } from "../windows/sources-of.js";
import {
  RESERVED_COLUMNS,
  RESERVED_DEPLOYMENTS,
  RESERVED_ENTITIES,
  RESERVED_KEY_FIELDS,
  RESERVED_TABLES,
  SYSTEM_COLUMNS,
} from "./reserved.js";

/** Names that are none, are there twice or are somebody else's. */
export function checkNames(parts: Deployment, refuse: Refuse): void {
  const { name, entities, sources, views, services } = parts;
  if (!IDENTIFIER.test(name) || RESERVED_DEPLOYMENTS.includes(name)) {
    const of = RESERVED_DEPLOYMENTS.includes(name) ? " that is not core, legacy or meta" : "";
    refuse(`deployment ${JSON.stringify(name)}: use a lower_snake_case name of at most 41 characters${of}`);
  }
  for (const { name } of [...entities.map(({ entity }) => entity), ...sources, ...views, ...services]) {
    if (!IDENTIFIER.test(name))
      refuse(`definition ${JSON.stringify(name)}: use lower_snake_case of at most 41 characters`);
  }
  for (const { entity } of entities) checkEntity(entity, refuse);
  refuseRepeated("service", services, refuse);
  refuseRepeated("source", sources, refuse);
  refuseRepeated("view", views, refuse);
  // A snapshot lists its views and label sources by name.
  for (const { label } of services) {
    const { name } = label.source;
    if (views.some((view) => view.name === name))
      refuse(`view ${name} is named like the label source ${name}; rename one`);
  }
  checkTables(parts, refuse);
}

function checkEntity(entity: Entity, refuse: Refuse): void {
  const ofEntity = about(`entity ${entity.name}`, refuse);
  if (RESERVED_ENTITIES.includes(entity.name)) {
    ofEntity(
      `a type or an id of asof's own is called so; name it otherwise than ${RESERVED_ENTITIES.join(", ")}`,
    );
  }
  const columns = keyColumnsOf(entity).map(({ column }) => column);
  for (const column of columns) {
    if (!IDENTIFIER.test(column))
      ofEntity(`key ${JSON.stringify(column)}: use lower_snake_case of at most 41 characters`);
    if (RESERVED_COLUMNS.includes(column)) ofEntity(`key ${column} is a column of asof's own; rename it`);
    if (SYSTEM_COLUMNS.includes(column)) ofEntity(`key ${column} is a column of PostgreSQL's own; rename it`);
    if (columns.length > 1 && column === entity.key)
      ofEntity(`key ${column}: asof keeps the whole key in a column of this name; rename it`);
    if (RESERVED_KEY_FIELDS.includes(camelCase(column)))
      ofEntity(
        `key ${column} would be the GraphQL field ${camelCase(column)}, which is asof's own; rename it (so are ${RESERVED_KEY_FIELDS.join(", ")})`,
      );
  }
  checkFields(`entity ${entity.name}`, columns, refuse);
  checkKey(entity, refuse);
}

function checkTables({ sources, views }: Deployment, refuse: Refuse): void {
  const tables = [
    ...stateSources({ sources }).map(({ name }) => ({ name, of: `source ${name}` })),
    ...stateSources({ sources }).map(({ name }) => ({ name: `${name}_snapshots`, of: `source ${name}` })),
    ...eventSources({ sources }).map(({ name }) => ({ name: `${name}_events`, of: `source ${name}` })),
    ...computedSources({ views }).map(({ name }) => ({ name: `${name}_snapshots`, of: `view ${name}` })),
    ...views.flatMap(({ name }) => [
      { name: `${name}_online`, of: `view ${name}` },
      { name: `${name}_pushes`, of: `view ${name}` },
    ]),
  ];
  const owners = new Map(RESERVED_TABLES.map((name) => [name, "asof itself"]));
  for (const { name, of } of tables) {
    const other = owners.get(name);
    if (other !== undefined && other !== of)
      refuse(`${of}: its table ${name} is that of ${other} too; rename one`);
    owners.set(name, of);
  }
}

function refuseRepeated(what: string, parts: readonly { name: string }[], refuse: Refuse): void {
  for (const [index, { name }] of parts.entries()) {
    if (parts.findIndex((part) => part.name === name) !== index) refuse(`${what} ${name} is declared twice`);
  }
}
