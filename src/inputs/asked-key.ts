import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOfModel } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseKey } from "./entity-key.js";

/** A key as a client gave it, in a deployment of several entities: the argument's name says of which one. */
export class AskedKey {
  constructor(
    readonly entity: Entity,
    readonly given: unknown,
  ) {}
}

/** Of which entity a given key is, and the key as it was given. */
export const askedKey = (definitions: Deployment, given: unknown): AskedKey =>
  given instanceof AskedKey ? given : new AskedKey(defaultEntityOf(definitions), given);

/**
 * A model answers about the entity of its service. One that no service declares is left to whoever looks it up.
 * @throws {BadUserInputError} the key is another entity's; the message names the argument that is meant
 */
export function requireModelOf(definitions: Deployment, model: string, entity: Entity): void {
  if (!definitions.services.some((service) => service.name === model)) return;
  const subject = entityOfModel(definitions, model);
  if (subject.name === entity.name) return;
  const names = entityNames(subject);
  throw new BadUserInputError(
    `${names.field}: the model ${JSON.stringify(model)} answers about ${names.manyWords}; got the key of ${entityNames(entity).aWord}; give ${names.field}`,
    { argument: names.field },
  );
}

/**
 * A given key, read as its entity's.
 * @param argument how it is named in messages, of the key's field
 * @throws {BadUserInputError} it is no key
 */
export function parseAsked(
  definitions: Deployment,
  given: unknown,
  argument: (field: string) => string = (field) => field,
): { entity: Entity; key: string } {
  const asked = askedKey(definitions, given);
  const { entity } = asked;
  return { entity, key: parseKey(entity, asked.given, argument(entityNames(entity).field)) };
}
