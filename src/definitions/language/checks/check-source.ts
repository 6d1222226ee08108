import { checkCadence } from "../cadence.js";
import { isColumnType } from "../column-types/registry.js";
import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import { entityOf, isEntitySource } from "../entities.js";
import { checkFileReading } from "../file-reading.js";
import { keyColumnsOf } from "../key.js";
import { camelCase, checkFields, IDENTIFIER } from "../names.js";
import { checkOrigin } from "../origin.js";
import { rowProblem } from "../row-size.js";
import type { Source } from "../source.js";
import { checkEventSource, isEventSource } from "../windows/event-source.js";
import { checkColumn } from "./check-column.js";
import { RESERVED_COLUMNS, RESERVED_ENTITY_FIELDS, SYSTEM_COLUMNS } from "./reserved.js";

export function checkSource(deployment: Deployment, source: Source, report: Refuse): void {
  const entity = entityOf(deployment, source);
  const refuse = about(`source ${source.name}`, report);
  const keyColumns = keyColumnsOf(entity);
  const columns = Object.entries(source.columns);
  if (columns.length === 0) refuse("it has no columns");
  const tooLarge = rowProblem(columns.map(([, column]) => column).filter(({ type }) => isColumnType(type)));
  if (tooLarge) refuse(tooLarge);
  for (const [name, column] of columns) {
    const refuseColumn = about(`column ${JSON.stringify(name)}`, refuse);
    if (!IDENTIFIER.test(name)) refuseColumn("use lower_snake_case of at most 41 characters");
    if (keyColumns.some(({ column }) => column === name))
      refuseColumn("it is the entity's key, which every source has undeclared");
    else if (name === entity.key)
      refuseColumn("asof keeps the entity's key in a column of this name; rename it");
    if (RESERVED_COLUMNS.includes(name)) refuseColumn("it is a column of asof's own; rename it");
    if (SYSTEM_COLUMNS.includes(name)) refuseColumn("it is a column of PostgreSQL's own; rename it");
    checkColumn(column, refuseColumn);
    const reserved = [...RESERVED_ENTITY_FIELDS, ...keyColumns.map(({ field }) => field)];
    if (isEntitySource(deployment, source) && reserved.includes(camelCase(name)))
      refuseColumn(`${camelCase(name)} is a field every entity has in GraphQL; rename it`);
  }
  checkFields(`source ${source.name}`, Object.keys(source.columns), report);
  checkCadence(source, refuse);
  checkQuarantine(source, refuse);
  checkFileReading(
    keyColumns.map(({ column }) => column),
    source,
    refuse,
  );
  checkOrigin(source, refuse);
  checkEventSource(entity.key, source, refuse);
  if (isEntitySource(deployment, source) && isEventSource(source))
    refuse("it is the entity's source, which has one row an entity, and eventTime says that there are many");
}

function checkQuarantine({ onInvalid, maxQuarantinedShare: share }: Source, refuse: Refuse): void {
  if (share === undefined) return;
  if (onInvalid !== "quarantine") refuse('maxQuarantinedShare needs onInvalid: "quarantine"');
  if (!(share > 0 && share <= 1)) refuse(`maxQuarantinedShare ${share} must be above 0 and at most 1`);
}
