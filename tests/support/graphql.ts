import { lessAndLess, until } from "./until.js";

export interface GraphQLAnswer<T> {
  data: T | null;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string } & Record<string, unknown>;
  }[];
}

/** A client of one running asof. */
export class GraphQLClient {
  constructor(
    readonly address: string,
    private readonly actor = "tester",
    /** Of a server that asks for one. */
    private readonly token: string | null | undefined = null,
  ) {}

  async raw<T = Record<string, any>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<GraphQLAnswer<T>> {
    const response = await fetch(`${this.address}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-asof-actor": this.actor,
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphQLAnswer<T>;
  }

  /** The data; any error fails the test with its message. */
  async query<T = Record<string, any>>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const answer = await this.raw<T>(query, variables);
    if (answer.errors || !answer.data) throw new Error(`GraphQL failed: ${JSON.stringify(answer.errors)}`);
    return answer.data;
  }

  /** The one error a request is expected to end with. */
  async error(query: string, variables: Record<string, unknown> = {}) {
    const { errors } = await this.raw(query, variables);
    if (errors?.length !== 1) throw new Error(`expected one error, got ${JSON.stringify(errors)}`);
    return { message: errors[0]!.message, ...errors[0]!.extensions };
  }

  /** Waits until the run has ended, in whatever state. */
  finished(id: string, limitMs = 110_000): Promise<FinishedRun> {
    return until(
      `run ${id} has ended`,
      async () => {
        // All of a run is asked for once: asking every 20 ms would take more of the machine than the run.
        const { run } = await this.query(`query($id: ID!) { run(id: $id) { status } }`, { id });
        if (!["SUCCEEDED", "FAILED", "CANCELLED"].includes(run.status)) return null;
        return (await this.query<{ run: FinishedRun }>(RUN, { id })).run;
      },
      limitMs,
      lessAndLess,
    );
  }

  async ingest(source: string, asOf: string): Promise<FinishedRun> {
    const { ingest } = await this.query(
      "mutation($source: String!, $asOf: Date!) { ingest(input: { source: $source, asOf: $asOf }) { id } }",
      { source, asOf },
    );
    return this.finished(ingest.id);
  }

  async train(input: Record<string, unknown>): Promise<FinishedRun> {
    const { train } = await this.query("mutation($input: TrainInput!) { train(input: $input) { id } }", {
      input,
    });
    return this.finished(train.id);
  }
}

export interface FinishedRun {
  id: string;
  status: string;
  attempt: number;
  error: { code: string; message: string; step: string | null } | null;
  result: any;
  params: any;
  environment: any;
  steps: { name: string; status: string; attempt: number }[];
  snapshot: { asOf: string; revision: number; contentSha256: string } | null;
  modelVersion: { version: number; sha256: string; threshold: number } | null;
  metrics: { name: string; value: number; step: number }[];
  validation: { success: boolean; expectations: any[] } | null;
  artifacts: { name: string; sha256: string; url: string; bytes: number; mediaType: string }[];
}

const RUN = `query($id: ID!) { run(id: $id) {
  id status attempt error { code message step } result params environment
  steps { name status attempt } snapshot { asOf revision contentSha256 }
  modelVersion { version sha256 threshold } metrics { name value step }
  validation { success expectations { source column expectation success severity unexpectedCount unexpectedPercent sample { line userId: key value } } }
  artifacts { name sha256 url bytes mediaType }
} }`;
