import { userId } from "../support/delivery.js";
import type { BenchServer } from "./server.js";

export const AS_OF = "2024-01-31";
/** Users of one predictMany. */
export const MANY = 1_000;
const PREDICT =
  "query($userId: ID!) { predict(userId: $userId) { userId prediction probability threshold modelVersion { model version } } }";
const PREDICT_MANY =
  "query($userIds: [ID!]!) { predictMany(userIds: $userIds) { userId prediction { prediction probability } error { code } } }";

/** Requests of one kind for random users, as they go over the wire. */
export interface Kind {
  name: string;
  requests: string[];
}

export const post = (path: string, body: unknown): string => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

export function kindsOf(users: number): Kind[] {
  const anyone = () => userId(Math.floor(Math.random() * users));
  const several = (count: number, request: () => string) => Array.from({ length: count }, request);
  return [
    { name: "rest", requests: several(2_000, () => post("/predict", { user_id: anyone() })) },
    {
      name: "features",
      requests: several(2_000, () => `GET /features/${anyone()} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`),
    },
    {
      name: "graphql",
      requests: several(2_000, () => post("/graphql", { query: PREDICT, variables: { userId: anyone() } })),
    },
    {
      name: "many",
      requests: several(50, () =>
        post("/graphql", { query: PREDICT_MANY, variables: { userIds: several(MANY, anyone) } }),
      ),
    },
  ];
}

/** Ingests the month of that name, trains on it and puts the model in Production. */
export async function putIntoService(
  { client }: BenchServer,
  algorithm = "GRADIENT_BOOSTING",
): Promise<void> {
  const ingested = await client.ingest(AS_OF, AS_OF);
  if (ingested.status !== "SUCCEEDED") throw new Error(`ingest: ${JSON.stringify(ingested.error)}`);
  const trained = await client.train({ asOf: AS_OF, algorithm });
  if (trained.status !== "SUCCEEDED") throw new Error(`train: ${JSON.stringify(trained.error)}`);
  await client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "to measure" }) { version } }',
  );
}

/** What whoever scores by hand must know of the model in Production. */
export interface HandModel {
  /** base64 */
  model: string;
  numeric: string[];
  categorical: string[];
  threshold: number;
  name: string;
  version: number;
}

export async function modelOf({ client }: BenchServer): Promise<HandModel> {
  const { production } = (
    await client.query(
      '{ model(name: "churn") { production { model version threshold run { artifacts { name url } } signature { features { name kind } } } } }',
    )
  ).model;
  const features = production.signature.features as { name: string; kind: string }[];
  const namesOf = (wanted: string) => features.flatMap(({ name, kind }) => (kind === wanted ? [name] : []));
  const { url } = production.run.artifacts.find(({ name }: { name: string }) => name === "model.onnx");
  const bytes = await (await fetch(new URL(url, client.address))).arrayBuffer();
  return {
    model: Buffer.from(bytes).toString("base64"),
    numeric: namesOf("numeric"),
    categorical: namesOf("categorical"),
    threshold: production.threshold,
    name: production.model,
    version: production.version,
  };
}
