import type { ColumnType } from "../column.js";
import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import { isEntitySource, parentLinkOf } from "../entities.js";
import type { Entity } from "../entity.js";
import { keyColumnsOf } from "../key.js";
import type { Source } from "../source.js";

/** What the sources are about: entities with a source each, and what belongs to what. */
export function checkEntities(deployment: Deployment, refuse: Refuse): void {
  const { entities, sources } = deployment;
  if (entities.length === 0) refuse("entities: there is none; name the source of each, as in [customers]");
  for (const [index, { entity, source }] of entities.entries()) {
    if (!sources.includes(source)) refuse(`entity source ${source.name}: it is not listed in sources`);
    if (source.of && source.of.name !== entity.name)
      refuse(`entity ${entity.name}: its source ${source.name} is about ${source.of.name}`);
    for (const other of entities.slice(0, index)) {
      if (other.entity.name === entity.name) refuse(`entity ${entity.name} is declared twice`);
      else if (other.entity.key === entity.key)
        refuse(
          `entities ${other.entity.name} and ${entity.name} have the same key ${entity.key}; rename one`,
        );
      if (other.source === source)
        refuse(`source ${source.name}: it has the rows of two entities; name one source for each`);
    }
    checkBelonging(deployment, entity, about(`entity ${entity.name}`, refuse));
  }
  for (const source of sources) {
    checkSubject(deployment, source, about(`source ${source.name}`, refuse));
    checkParentKey(deployment, source, about(`source ${source.name}`, refuse));
  }
}

function checkBelonging({ entities }: Deployment, entity: Entity, refuse: Refuse): void {
  const seen = [entity.name];
  for (let parent = entity.belongsTo; parent; parent = parent.belongsTo) {
    const { name } = parent;
    if (!entities.some((each) => each.entity.name === name)) {
      refuse(
        `it belongs to ${name}, which is not in entities; name a source that has a row for each ${name}`,
      );
      return;
    }
    if (seen.includes(name)) {
      refuse(`it belongs to itself: ${[...seen, name].join(", ")}`);
      return;
    }
    seen.push(name);
  }
}

function checkSubject({ entities }: Deployment, { of }: Source, refuse: Refuse): void {
  const names = entities.map(({ entity }) => entity.name);
  if (!of && names.length > 1)
    refuse(`say which entity its rows are about, as in of: ${names[0]}; there are ${names.join(", ")}`);
  if (of && !names.includes(of.name))
    refuse(`its rows are about ${of.name}, which is not in entities; there are ${names.join(", ")}`);
}

/** The entity that a row belongs to is found by its key, a column of the row: none may lack it. */
function checkParentKey(deployment: Deployment, source: Source, refuse: Refuse): void {
  if (!isEntitySource(deployment, source)) return;
  const link = parentLinkOf(deployment, source);
  if (!link) return;
  const { from, to, column: name } = link;
  const because = `each ${from.entity.name} belongs to one ${to.entity.name}`;
  const [parentKey, ...others] = keyColumnsOf(to.entity);
  if (others.length > 0) {
    refuse(`${because}, whose key has several columns: belongsTo is of an entity with a key of one column`);
    return;
  }
  const wanted: ColumnType = parentKey!.type === "uuid" ? "string" : parentKey!.type;
  const column = Object.hasOwn(source.columns, name) ? source.columns[name] : undefined;
  if (!column) refuse(`${because}, so it needs the column ${name}: ${wanted}({ required: true })`);
  else if (column.type !== wanted)
    refuse(
      `column ${name}: ${because}, so it must be of that one's key's type, ${wanted}; it is ${column.type}`,
    );
  else if (!column.required)
    refuse(`column ${name}: ${because}, so it must be required: ${wanted}({ required: true })`);
}
