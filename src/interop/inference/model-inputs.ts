import type { Column } from "../../definitions/language/column.js";
import { type Deployment, type Entity, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { type KeyType, keyColumnsOf } from "../../definitions/language/key.js";
import {
  requestedFeatures,
  serviceFeatures,
  storedInputs,
} from "../../definitions/language/service-features.js";
import type { ModelVersion } from "../../registry/model.js";
import { requireServable, servability } from "../../registry/servability.js";
import { type DeclaredDatatype, datatypeOf } from "./datatypes.js";

export interface ModelInput {
  readonly name: string;
  readonly datatype: DeclaredDatatype;
}

/** What can be sent to a version. */
export interface ModelInputs {
  /** Whose features it takes. */
  readonly entity: Entity;
  /** The columns of the key, where features are looked up. */
  readonly key: readonly ModelInput[];
  /** What a row without a key must have: the stored features that the version takes or computes from. */
  readonly stored: readonly ModelInput[];
  /** What any row may bring. */
  readonly request: readonly ModelInput[];
}

const KEY_DATATYPES: Readonly<Record<KeyType, DeclaredDatatype>> = {
  string: "BYTES",
  int: "INT64",
  bigint: "INT64",
  uuid: "BYTES",
};

/** @throws {ModelNotServableError} the deployment no longer declares what the version takes */
export function inputsOf(definitions: Deployment, version: ModelVersion): ModelInputs {
  requireServable(version, servability(version, definitions));
  const service = findService(definitions, version.model)!;
  const taken = new Set(version.signature.features.map(({ name }) => name));
  const stored = storedInputs(serviceFeatures(service).filter(({ name }) => taken.has(name)));
  const entity = entityOfService(definitions, service);
  return {
    entity,
    key: keyColumnsOf(entity).map(({ column, type }) => ({ name: column, datatype: KEY_DATATYPES[type] })),
    stored: [...stored].map(([name, column]) => inputOf(name, column)),
    request: requestedFeatures(service).map(({ name, column }) => inputOf(name, column)),
  };
}

const inputOf = (name: string, { type }: Column): ModelInput => ({ name, datatype: datatypeOf(type) });
