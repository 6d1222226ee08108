import type { Logger } from "pino";
import type { Queryable } from "../db/pool.js";

const MEGABYTE = 1 << 20;
/** From this share of the budget on, what is dropped next is said. */
const SAID_FROM = 0.9;

interface LoggedDay {
  day: string;
  bytes: number;
}

/** What the log may take of the database, for all processes: the oldest days are dropped, never before that was said. */
export class LogBudget {
  #days: LoggedDay[] = [];
  /** The day that is dropped next, once it was said. */
  #said: string | null = null;

  constructor(
    private readonly db: Queryable,
    private readonly maxBytes: number,
    private readonly logger: Logger,
  ) {}

  /** Whether today alone takes all of it: then nothing more is kept until tomorrow, or until the budget is raised. */
  get full(): boolean {
    const today = new Date().toISOString().slice(0, 10);
    return this.#days.length === 1 && this.#days[0]!.day === today && this.#bytes >= this.maxBytes;
  }

  /** What an operator should know, as `health.problems` says it. */
  problems(): { subject: string; message: string; remedy: string }[] {
    const next = this.#next();
    if (!this.full && !next) return [];
    const used = `${megabytes(this.#bytes)} of ${megabytes(this.maxBytes)} MB are used (PREDICTION_LOG_BUDGET_MB)`;
    const message = next
      ? `${used}; ${next.day} (${megabytes(next.bytes)} MB) is dropped next`
      : `${used} by today alone: no more predictions are kept today, and the stop rules of canaries judge nothing new`;
    return [
      {
        subject: "prediction log",
        message,
        remedy: "raise the budget, lower PREDICTION_LOG_SAMPLE, or export what you need of the oldest day",
      },
    ];
  }

  /** Measures the days, and drops the oldest where they take too much and it was said before. */
  async keep(): Promise<void> {
    await this.#measure();
    while (this.#bytes > this.maxBytes && this.#days.length > 1 && this.#said === this.#days[0]!.day) {
      const [oldest, following] = this.#days;
      this.logger.warn(
        { day: oldest!.day, megabytes: megabytes(oldest!.bytes) },
        "a day of the prediction log is dropped: the budget is used up",
      );
      await this.db.query("select asof_prediction_log_drop_before($1)", [following!.day]);
      await this.#measure();
    }
    this.#say();
  }

  get #bytes(): number {
    return this.#days.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #next(): LoggedDay | null {
    return this.#days.length > 1 && this.#bytes >= this.maxBytes * SAID_FROM ? this.#days[0]! : null;
  }

  #say(): void {
    const next = this.#next();
    const [problem] = this.problems();
    if (next && next.day !== this.#said) this.logger.warn(problem?.message);
    this.#said = next?.day ?? null;
  }

  async #measure(): Promise<void> {
    const { rows } = await this.db.query<LoggedDay>(
      `select to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day,
         pg_total_relation_size(c.oid)::float8 as bytes
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'prediction_log'::regclass order by c.relname`,
    );
    this.#days = rows;
  }
}

const megabytes = (bytes: number): number => Math.round((bytes / MEGABYTE) * 10) / 10;
