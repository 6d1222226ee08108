import type pg from "pg";
import type { Cluster } from "../support/cluster.js";

/**
 * Where a process is killed, in the order a step comes there. `begin`: before the step is known to have begun. `progress`,
 * `log`: in the middle, at its first event of that sort, which is often within a transaction. `end`: all is done and the
 * statement that says so is lost. `told`: that statement arrives, the step's checkpoint does not.
 */
export const POINTS = ["begin", "progress", "log", "end", "told"] as const;
export type Point = (typeof POINTS)[number];

/** A step of the run, or of a child of it; `run` is the run itself, that begins and ends. */
export interface Place {
  /** Empty for the run itself, else its child's name. */
  child: string;
  step: string;
}

export interface Hit extends Place {
  id: number;
  point: Point;
  /** The backend that waits. */
  pid: number;
  /** Of whom. */
  application: string;
}

const CLASS = 4711;

/** Makes backends wait where they come to one of the points, until they are let go, by triggers of the test's own. */
export class Holds {
  private constructor(
    private readonly cluster: Cluster,
    private readonly session: pg.Client,
  ) {}

  static async install(cluster: Cluster): Promise<Holds> {
    await cluster.sql(`
      create schema faults;
      create table faults.hold (id int primary key, kind text, child text, step text, point text);
      create function faults.wait(run uuid, of_step text, points text[]) returns void language plpgsql as $$
      declare
        held int := (
          select min(h.id) from faults.hold h join runs r on r.id = run left join runs p on p.id = r.parent_run_id
          where h.step = of_step and h.point = any(points) and h.kind = coalesce(p.kind, r.kind)
            and h.child = case when p.id is null then '' else r.name end);
      begin
        if held is not null then perform pg_advisory_xact_lock_shared(${CLASS}, held); end if;
      end $$;
      create function faults.hold_step() returns trigger language plpgsql as $$ begin
        if new.status = 'SUCCEEDED' then perform faults.wait(new.run_id, new.name, '{end,told}');
        else perform faults.wait(new.run_id, new.name, '{begin}'); end if;
        return new;
      end $$;
      create trigger hold before insert or update on run_steps for each row execute function faults.hold_step();
      create function faults.hold_run() returns trigger language plpgsql as $$ begin
        if new.status = 'RUNNING' then perform faults.wait(new.id, 'run', '{begin}');
        elsif new.status = 'SUCCEEDED' then perform faults.wait(new.id, 'run', '{end,told}'); end if;
        return new;
      end $$;
      create trigger hold before update of status on runs for each row execute function faults.hold_run();
      create function faults.hold_event() returns trigger language plpgsql as $$ begin
        perform faults.wait(new.run_id, new.step, case new.type when 'PROGRESS' then '{progress}' else '{log}' end::text[]);
        return new;
      end $$;
      create trigger hold before insert on run_events for each row when (new.type in ('PROGRESS', 'LOG', 'METRIC'))
        execute function faults.hold_event();`);
    return new Holds(cluster, await cluster.session());
  }

  /** From now on whoever executes a run of the kind, or a child of it, and comes to one of these waits there. */
  async arm(kind: string, places: readonly (Place & { point: Point })[]): Promise<void> {
    const holds = places.map((place, index) => ({ ...place, kind, id: index + 1 }));
    for (const { id } of holds) await this.session.query("select pg_advisory_lock($1, $2)", [CLASS, id]);
    await this.cluster.sql(
      "insert into faults.hold select * from jsonb_to_recordset($1) as h(id int, kind text, child text, step text, point text)",
      [JSON.stringify(holds)],
    );
  }

  /** Who waits now, if somebody does. */
  async hit(): Promise<Hit | undefined> {
    const rows = await this.cluster.sql<Hit>(
      `select h.*, l.pid, a.application_name as application from pg_locks l join faults.hold h on h.id = l.objid
         join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
       where l.locktype = 'advisory' and l.classid = ${CLASS} and not l.granted
         and l.database = (select oid from pg_database where datname = current_database())`,
    );
    return rows[0];
  }

  /** Nobody else waits there. */
  async disarm({ id }: Hit): Promise<void> {
    await this.cluster.sql("delete from faults.hold where id = $1", [id]);
  }

  /** The statement that waits is carried out, or lost with its transaction. */
  async letGo(hit: Hit): Promise<void> {
    const { id, point } = hit;
    if (point !== "told") await this.end(hit);
    await this.session.query("select pg_advisory_unlock($1, $2)", [CLASS, id]);
    if (point !== "told") return;
    // It has ended when it gives back what it waited for.
    await this.session.query("select pg_advisory_lock($1, $2)", [CLASS, id]);
    await this.session.query("select pg_advisory_unlock($1, $2)", [CLASS, id]);
  }

  async end({ pid }: Hit): Promise<void> {
    await this.cluster.sql("select pg_terminate_backend($1, 5000)", [pid]);
  }

  /** Points that nobody came to. */
  async clear(): Promise<(Place & { point: Point })[]> {
    const left = await this.cluster.sql<Place & { point: Point }>(
      "delete from faults.hold returning child, step, point",
    );
    await this.session.query("select pg_advisory_unlock_all()");
    return left;
  }
}
