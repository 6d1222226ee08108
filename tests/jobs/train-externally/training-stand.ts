import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Deployment } from "../../../src/definitions/language/deployment.js";
import {
  builtInTrainingCommands,
  type TrainingCommand,
  trainingCommands,
} from "../../../src/jobs/train-externally/training-commands.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import type { FinishedRun } from "../../support/graphql.js";
import { ingestMonth, JANUARY, learnableMonth } from "../../support/months.js";

const TINY = join(import.meta.dirname, "tiny-trainer.mjs");
const MUTATION = "mutation($input: TrainExternallyInput!) { trainExternally(input: $input) { id } }";
const FEATURES = ["plan_stream_tv", "skips_7d"];

/** An asof with a month, and commands that run tiny-trainer.mjs. */
export class TrainingStand {
  readonly folder = mkdtempSync(join(tmpdir(), "asof-training-test-"));
  readonly #runs = join(this.folder, "runs");
  app!: TestApp;

  /** @param make the commands, of this one's `tiny` */
  async start(make: () => TrainingCommand[], definitions?: Deployment): Promise<void> {
    trainingCommands.use(make());
    this.app = await startTestApp({
      config: { trainingDir: this.#runs },
      ...(definitions && { definitions }),
    });
    await ingestMonth(this.app, JANUARY, learnableMonth());
  }

  async stop(): Promise<void> {
    await this.app?.stop();
    trainingCommands.use(builtInTrainingCommands);
    rmSync(this.folder, { recursive: true, force: true });
  }

  tiny(name: string, model: Uint8Array, more: Partial<TrainingCommand> = {}): TrainingCommand {
    const path = join(this.folder, `${name}.onnx`);
    writeFileSync(path, model);
    return { name, description: "A test's.", command: [process.execPath, TINY, path], ...more };
  }

  async begin(command: string, input: object = {}): Promise<string> {
    const asked = { command, asOf: JANUARY, features: FEATURES, ...input };
    return (await this.app.client.query(MUTATION, { input: asked })).trainExternally.id;
  }

  async trained(command: string, input: object = {}): Promise<FinishedRun> {
    return this.app.client.finished(await this.begin(command, input));
  }

  refusal(input: object) {
    return this.app.client.error(MUTATION, { input: { asOf: JANUARY, ...input } });
  }

  /** What the command printed, as far as it is kept. */
  async log({ artifacts }: FinishedRun): Promise<string> {
    const { url } = artifacts.find(({ name }) => name === "training.log")!;
    return (await fetch(`${this.app.client.address}${url}`)).text();
  }

  async children(id: string) {
    const { run } = await this.app.client.query(
      `query($id: ID!) { run(id: $id) { children { kind status error { message } params artifacts { name }
         metrics { name value } modelVersion { version } } } }`,
      { id },
    );
    return run.children;
  }

  notes(name: string): string {
    return join(this.folder, `${name}.pids`);
  }

  /** Neither a folder of a run nor one of these processes is there. */
  nothingIsLeft(pids: readonly number[]): boolean {
    return (existsSync(this.#runs) ? readdirSync(this.#runs) : []).length === 0 && !pids.some(lives);
  }

  expectNothingLeft(pids: readonly number[] = []): void {
    expect(existsSync(this.#runs) ? readdirSync(this.#runs) : []).toEqual([]);
    expect(pids.filter(lives)).toEqual([]);
  }
}

/** The processes that it has noted. */
export const pidsIn = (note: string): number[] =>
  existsSync(note)
    ? readFileSync(note, "utf8")
        .split("\n")
        .flatMap((line) => (line ? JSON.parse(line) : []))
    : [];

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has ended and that nobody waited for is there still, as a zombie.
  const stat = `/proc/${pid}/stat`;
  return !existsSync("/proc/self") || (existsSync(stat) && !/\) Z /.test(readFileSync(stat, "latin1")));
}
