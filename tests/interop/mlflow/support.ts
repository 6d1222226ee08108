import type { TestApp } from "../../support/app.js";

type Body = Record<string, any>;
export interface Answer {
  status: number;
  body: Body;
}

/** Calls of MLflow's protocol as its client sends them. */
export class MlflowCalls {
  constructor(
    private readonly app: TestApp,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** With these headers besides. */
  with(headers: Record<string, string>): MlflowCalls {
    return new MlflowCalls(this.app, { ...this.headers, ...headers });
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.app.asof.address}/mlflow/api/2.0/mlflow/${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...this.headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  }

  get(path: string, query: Record<string, string> = {}): Promise<Answer> {
    return this.send("GET", `${path}?${new URLSearchParams(query)}`);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.send("POST", path, body);
  }

  /** The body; anything but 200 is thrown. */
  async ok(method: "GET" | "POST", path: string, input: Record<string, unknown> = {}): Promise<Body> {
    const { status, body } =
      method === "GET" ? await this.get(path, input as Record<string, string>) : await this.post(path, input);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async experiment(name: string): Promise<string> {
    return (await this.ok("POST", "experiments/create", { name })).experiment_id;
  }

  /** Its id. */
  async run(experiment: string, more: Body = {}): Promise<string> {
    const { run } = await this.ok("POST", "runs/create", {
      experiment_id: experiment,
      start_time: 1_700_000_000_000,
      ...more,
    });
    return run.info.run_id;
  }

  async read(run: string): Promise<Body> {
    return (await this.ok("GET", "runs/get", { run_id: run, run_uuid: run })).run;
  }
}

/** What a refusal says of itself. */
export const refusal = ({ status, body }: Answer): [number, string, string] => [
  status,
  body.error_code,
  body.message,
];

export const refused = ({ status, body }: Answer): [number, string] => [status, body.error_code];
