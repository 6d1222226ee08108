import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type Deployment,
  type Entity,
  type FeatureView,
  featuresOf,
} from "../../definitions/language/deployment.js";
import { entityOf } from "../../definitions/language/entities.js";
import { joinKeysOf } from "./sent-keys.js";
import { feastValueType } from "./value-type.js";

/** The project that a client's feature_store.yaml names. */
const PROJECT = "asof";

const STRING = 2;
/** Feast's `DataSource.SourceType`. */
const FILE = 1;
const PUSH = 9;
const SECONDS_A_DAY = 86_400;

/** A message by the numbers of its fields: a text, a whole number, yes or no, a message, or several of one. */
interface Message {
  readonly [number: number]: Field | readonly Field[] | undefined;
}
type Field = string | number | boolean | Message;

/**
 * The definitions as Feast's registry file (`feast.core.Registry` of Feast 0.67): a client that has it needs no definitions
 * of its own. Same definitions, same bytes.
 */
export function registryFile(definitions: Deployment, version: string): Buffer {
  const { entities, views, services } = definitions;
  const specOf = new Map(views.map((view) => [view, featureSpecs(view)]));
  const registry: Message = {
    1: entities.flatMap(({ entity }) =>
      joinKeysOf(entity).map((column) =>
        message({
          ...{
            1: feastEntity(entity, column),
            2: STRING,
            3: entity.description ?? "",
            4: column,
            9: PROJECT,
          },
        }),
      ),
    ),
    3: "1",
    4: version,
    6: views.map((view) => message(viewSpec(entityOf(definitions, view.source), view))),
    7: services.map((service) =>
      message({
        1: service.name,
        2: PROJECT,
        3: service.views.map((view) => ({ 1: view.name, 2: specOf.get(view)! })),
        5: service.description ?? "",
      }),
    ),
    12: views.flatMap((view) => [batchSource(view), pushSource(view)]),
    15: [{ 1: PROJECT, 2: PROJECT }],
    17: [message({ 1: PROJECT })],
  };
  const writer = new BinaryWriter();
  write(writer, registry);
  return Buffer.from(writer.finish());
}

/** Feast keeps what is declared in one part, and when it was made in another, which is left empty. */
const message = (spec: Message): Message => ({ 1: spec, 2: {} });

const viewSpec = (entity: Entity, view: FeatureView): Message => ({
  1: view.name,
  2: PROJECT,
  3: joinKeysOf(entity).map((column) => feastEntity(entity, column)),
  4: featureSpecs(view),
  6: view.ttlDays === undefined ? undefined : { 1: Math.round(view.ttlDays * SECONDS_A_DAY) },
  7: batchSource(view),
  8: true,
  9: pushSource(view),
  10: view.description ?? "",
  12: joinKeysOf(entity).map((column) => ({ 1: column, 2: STRING })),
});

/** Feast's entity has one join key: a key of several columns is as many entities, of which a view has all. */
const feastEntity = (entity: Entity, column: string): string =>
  joinKeysOf(entity).length === 1 ? entity.name : `${entity.name}__${column}`;

const featureSpecs = (view: FeatureView): Message[] =>
  featuresOf([view]).map(({ name, column }) => ({
    1: name,
    2: feastValueType(column.type),
    4: column.description ?? "",
  }));

/** Feast asks for where history lies; asof answers by HTTP, and this file is nowhere. */
const batchSource = ({ name }: FeatureView): Message => ({
  1: FILE,
  3: "event_timestamp",
  11: { 2: `${name}.parquet` },
  17: "feast.infra.offline_stores.file_source.FileSource",
  20: `${name}_file`,
  21: PROJECT,
});

const pushSource = (view: FeatureView): Message => ({
  1: PUSH,
  17: "feast.data_source.PushSource",
  20: `${view.name}_push`,
  21: PROJECT,
  22: {},
  26: batchSource(view),
});

function write(writer: BinaryWriter, message: Message): void {
  for (const [number, value] of Object.entries(message)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? (value as readonly Field[]) : [value as Field])
      writeField(writer, Number(number), each);
  }
}

function writeField(writer: BinaryWriter, number: number, value: Field): void {
  if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
  else if (typeof value === "number") writer.tag(number, WireType.Varint).int64(value);
  else if (typeof value === "boolean") writer.tag(number, WireType.Varint).bool(value);
  else {
    writer.tag(number, WireType.LengthDelimited).fork();
    write(writer, value);
    writer.join();
  }
}
