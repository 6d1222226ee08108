-- What runs are filtered by for equality, as hashes: one GIN index intersects any combination, and its statistics say
-- how common each one is. A leaf of the parameters goes by its dotted name; every name, and every tag's, is there
-- without its value too. Lengths keep "a" = "b" and a name that reads like it apart.
create function asof_attribute(kind text, value text) returns bigint language sql immutable strict parallel safe as $$
  select ('x' || encode(substring(sha256(convert_to(kind || ' ' || value, 'UTF8')) for 8), 'hex'))::bit(64)::bigint
$$;
--> statement-breakpoint
create function asof_tag_attribute(name text, value text) returns bigint language sql immutable strict parallel safe as $$
  select asof_attribute('tag ' || length(name) || ' ' || name, value)
$$;
--> statement-breakpoint
create function asof_param_attribute(name text, value jsonb) returns bigint language sql immutable strict parallel safe as $$
  -- 100 and 100.0 are one number.
  select asof_attribute(
    'param ' || length(name) || ' ' || name,
    case jsonb_typeof(value) when 'number' then trim_scale(value::text::numeric)::text else value::text end
  )
$$;
--> statement-breakpoint
create function asof_run_attributes(kind text, status text, actor text, params jsonb, tags jsonb)
returns bigint[] language sql immutable parallel safe as $$
  with recursive leaf(name, value) as (
    select key, value from jsonb_each(case jsonb_typeof(params) when 'object' then params else '{}' end)
    union all
    select leaf.name || '.' || inside.key, inside.value
    from leaf, jsonb_each(case jsonb_typeof(leaf.value) when 'object' then leaf.value else '{}' end) inside
  )
  select array_agg(distinct attribute) from (
    select unnest(array[
      asof_attribute('kind', kind), asof_attribute('status', status), asof_attribute('actor', actor)
    ])
    union all select unnest(array[asof_attribute('has param', name), asof_param_attribute(name, value)]) from leaf
    union all select unnest(array[asof_attribute('has tag', key), asof_tag_attribute(key, value)]) from jsonb_each_text(tags)
  ) everything(attribute)
$$;
--> statement-breakpoint
CREATE TABLE "run_latest_metrics" (
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"step" integer NOT NULL,
	"value" double precision NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "run_latest_metrics_run_id_name_pk" PRIMARY KEY("run_id","name")
);
--> statement-breakpoint
DROP INDEX "run_metrics_value";
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "name" text;
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "tags" jsonb DEFAULT '{}'::jsonb NOT NULL;
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "note" text;
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "attributes" bigint[] GENERATED ALWAYS AS (asof_run_attributes(kind, status, actor, params, tags)) STORED;
--> statement-breakpoint
ALTER TABLE "run_latest_metrics" ADD CONSTRAINT "run_latest_metrics_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "run_latest_metrics_value" ON "run_latest_metrics" USING btree ("name","value","run_id");
--> statement-breakpoint
CREATE INDEX "runs_duration" ON "runs" USING btree ((coalesce(extract(epoch from finished_at - started_at)::float8, -1)),"id");
--> statement-breakpoint
CREATE INDEX "runs_attributes" ON "runs" USING gin ("attributes");
--> statement-breakpoint
-- Whoever writes metrics, the last value of each series is at hand; a late point of an earlier step changes nothing.
create function asof_keep_latest_metrics() returns trigger language plpgsql as $$
begin
  -- In key order: two writers of one run wait for each other instead of ending in a deadlock.
  insert into run_latest_metrics (run_id, name, step, value, at)
  select distinct on (run_id, name) run_id, name, step, value, at from written order by run_id, name, step desc
  on conflict (run_id, name) do update set step = excluded.step, value = excluded.value, at = excluded.at
    where excluded.step >= run_latest_metrics.step;
  return null;
end $$;
--> statement-breakpoint
create trigger keep_latest_inserted after insert on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
create trigger keep_latest_updated after update on run_metrics
  referencing new table as written for each statement execute function asof_keep_latest_metrics();
--> statement-breakpoint
insert into run_latest_metrics (run_id, name, step, value, at)
select distinct on (run_id, name) run_id, name, step, value, at from run_metrics order by run_id, name, step desc;
