import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConflictError } from "../../../errors/errors.js";
import { lowerSessionPriority } from "../../../threads/lower-priority.js";
import type { NamedSql } from "../lake-sql/join-sql.js";
import { SPARK_JOB } from "./spark-job.js";

export interface SparkWork {
  /** As Spark's own pages show it. */
  name: string;
  files: ReadonlyMap<string, readonly string[]>;
  steps: readonly NamedSql[];
  result: string;
}

export interface SparkPlace {
  submit: string;
  master: string;
  /** What the driver and each executor may hold. */
  memory: string;
  /** A folder that the driver and all executors see. */
  folder: string;
}

/** A job that is killed from outside begins again, so often at most. */
const ATTEMPTS = 3;
const ALIVE_MS = 2_000;
/** So long after its asof has died a job ends itself. */
const SILENCE_SECONDS = 30;
const END_GRACE_MS = 10_000;
const KEPT_LOG = 4_000;

/**
 * Runs the work as a job of Spark.
 * @returns the folder with its rows as Parquet files, which are in order by their names
 * @throws {ConflictError} there is no spark-submit; {Error} the job failed, with what it says of it or the end of its log
 */
export async function runSpark(
  work: SparkWork,
  place: SparkPlace,
  signal: AbortSignal,
  log: (message: string) => Promise<void>,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const folder = join(place.folder, `attempt-${attempt}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const out = join(folder, "rows");
    const files = Object.fromEntries(work.files);
    const spec = { ...work, files, out, silenceSeconds: SILENCE_SECONDS };
    await writeFile(join(folder, "spec.json"), JSON.stringify(spec));
    await writeFile(join(folder, "job.py"), SPARK_JOB);
    await writeFile(join(folder, "alive"), "");
    const ended = await submit(folder, place, signal);
    if (ended.code === 0) return out;
    if (ended.wasKilled && attempt < ATTEMPTS) {
      await log(`spark-submit was killed (${ended.how}); attempt ${attempt + 1} of ${ATTEMPTS}`);
      continue;
    }
    // What the job says was wrong with it; nothing where it did not come to its statements.
    const said = await readFile(join(folder, "error"), "utf8").catch(() => "");
    throw new Error(`spark-submit ended with ${ended.how}: ${said.slice(0, KEPT_LOG) || ended.log}`);
  }
}

interface Ended {
  code: number | null;
  how: string;
  wasKilled: boolean;
  log: string;
}

async function submit(folder: string, place: SparkPlace, signal: AbortSignal): Promise<Ended> {
  signal.throwIfAborted();
  const child = spawn(place.submit, argumentsOf(folder, place), {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: what it starts ends with it.
    detached: true,
  });
  lowerSessionPriority(child.pid);
  let log = "";
  const keep = (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-KEPT_LOG);
  };
  child.stdout!.on("data", keep);
  child.stderr!.on("data", keep);
  const alive = setInterval(() => {
    const now = new Date();
    void utimes(join(folder, "alive"), now, now).catch(() => {});
  }, ALIVE_MS);
  const end = () => void endGroup(child);
  signal.addEventListener("abort", end);
  try {
    const [code, by] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    signal.throwIfAborted();
    // A shell between says 128 and the signal's number.
    const wasKilled = by !== null || (code !== null && code > 128);
    return { code, how: by ?? `code ${code}`, wasKilled, log: log.trim() };
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new ConflictError(
      `the engine spark needs ${JSON.stringify(place.submit)}, which is not there where runs are executed: install Spark 4 and Java 17 (pip install pyspark), or name it in SPARK_SUBMIT`,
    );
  } finally {
    signal.removeEventListener("abort", end);
    clearInterval(alive);
    kill(child, "SIGKILL");
  }
}

function argumentsOf(folder: string, { master, memory }: SparkPlace): string[] {
  const size = memory.replace(/B$/, "").toLowerCase();
  const settings = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.driver.memory": size,
    "spark.executor.memory": size,
  };
  const configured = Object.entries(settings).flatMap(([name, value]) => ["--conf", `${name}=${value}`]);
  return ["--master", master, ...configured, join(folder, "job.py"), folder];
}

/** Of a whole group; one that has ended is none. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Spark's executors are told to end by their driver, which gets the time for it. */
async function endGroup(child: ChildProcess): Promise<void> {
  kill(child, "SIGTERM");
  const late = setTimeout(() => kill(child, "SIGKILL"), END_GRACE_MS);
  await once(child, "close").finally(() => clearTimeout(late));
}
