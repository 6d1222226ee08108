-- Nothing that was kept is lost by a change of the schema: no column or table of an entity is dropped, no column gets
-- another type, whatever the form of the statement. Entity tables are those of schema public that have a column as_of.

-- In a schema of its own: a guard that goes with what it guards guards nothing.
create schema asof_guard;
--> statement-breakpoint
-- What may not change, by table and column number: what is dropped is in no catalogue any more when a trigger is told.
create table asof_guard.entity_columns (
  table_oid oid not null,
  attnum smallint not null,
  table_name text not null,
  column_name text not null,
  type_oid oid not null,
  type_mod integer not null,
  collation_oid oid not null,
  primary key (table_oid, attnum)
);
--> statement-breakpoint
create function asof_guard.current_columns() returns setof asof_guard.entity_columns language sql stable set search_path = pg_catalog, public as $$
  select c.oid, a.attnum, c.relname::text, a.attname::text, a.atttypid, a.atttypmod, a.attcollation
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and c.relname not in ('snapshots', 'quarantined_rows')
    and exists (select 1 from pg_attribute d where d.attrelid = c.oid and d.attname = 'as_of' and not d.attisdropped)
$$;
--> statement-breakpoint
-- Of all tables, or of one and its partitions.
create function asof_guard.record_columns(only_table oid default null) returns void language plpgsql set search_path = pg_catalog, public as $$
declare
  tables oid[] := case when only_table is not null then array(
    select only_table union select relid::oid from pg_partition_tree(only_table::regclass)
  ) end;
begin
  delete from asof_guard.entity_columns e
  where (tables is null or e.table_oid = any(tables)) and not exists (
    select 1 from asof_guard.current_columns() c where (c.table_oid, c.attnum) = (e.table_oid, e.attnum)
  );
  insert into asof_guard.entity_columns as e
  select * from asof_guard.current_columns() c where tables is null or c.table_oid = any(tables)
  on conflict (table_oid, attnum) do update set table_name = excluded.table_name, column_name = excluded.column_name,
    type_oid = excluded.type_oid, type_mod = excluded.type_mod, collation_oid = excluded.collation_oid
  where e is distinct from excluded;
end $$;
--> statement-breakpoint
-- After a statement that changed tables.
create function asof_guard.refuse_retyped() returns event_trigger language plpgsql set search_path = pg_catalog, public as $$
declare
  changed oid;
  lost record;
begin
  for changed in
    select distinct objid from pg_event_trigger_ddl_commands() where classid = 'pg_class'::regclass and object_type in ('table', 'table column')
  loop
    select e.table_name, e.column_name, format_type(e.type_oid, e.type_mod) as was, format_type(a.atttypid, a.atttypmod) as is
    into lost
    from asof_guard.entity_columns e join pg_attribute a on (a.attrelid, a.attnum) = (e.table_oid, e.attnum)
    where e.table_oid = changed and (a.atttypid, a.atttypmod, a.attcollation) <> (e.type_oid, e.type_mod, e.collation_oid)
    limit 1;
    if found then
      raise exception 'column % of % is history: it cannot change from % to %', lost.column_name, lost.table_name, lost.was, lost.is
        using errcode = 'restrict_violation', hint = 'raise the version in the definition: npm run db:generate keeps the old column beside the new one';
    end if;
    perform asof_guard.record_columns(changed);
  end loop;
end $$;
--> statement-breakpoint
-- After a statement that dropped something. Retention, which says so, drops whole dates of snapshots.
create function asof_guard.refuse_dropped() returns event_trigger language plpgsql set search_path = pg_catalog, public as $$
declare
  lost record;
begin
  select e.table_name, case when d.objsubid > 0 then e.column_name end as column_name into lost
  from pg_event_trigger_dropped_objects() d
  join asof_guard.entity_columns e on e.table_oid = d.objid and (d.objsubid = 0 or e.attnum = d.objsubid)
  where d.classid = 'pg_class'::regclass and not (
    d.objsubid = 0 and e.table_name ~ '_snapshots_[0-9]{8}$' and coalesce(current_setting('asof.drops_partitions', true), '') = 'on'
  )
  limit 1;
  if found then
    raise exception '% is history: it cannot be dropped', case when lost.column_name is null then 'table ' || lost.table_name
        else 'column ' || lost.column_name || ' of ' || lost.table_name end
      using errcode = 'restrict_violation', hint = 'retire it in the definition: it stays, and nothing more is written to it';
  end if;
  delete from asof_guard.entity_columns e using pg_event_trigger_dropped_objects() d
  where d.classid = 'pg_class'::regclass and d.objsubid = 0 and e.table_oid = d.objid;
end $$;
--> statement-breakpoint
-- True where the database refuses from now on. Only a superuser may say so; without one the migration runner refuses.
create function asof_guard.enable() returns boolean language plpgsql as $$
begin
  perform asof_guard.record_columns();
  if not exists (select 1 from pg_event_trigger where evtname = 'asof_refuse_retyped') then
    create event trigger asof_refuse_retyped on ddl_command_end
      when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE') execute function asof_guard.refuse_retyped();
    alter event trigger asof_refuse_retyped enable always;
  end if;
  if not exists (select 1 from pg_event_trigger where evtname = 'asof_refuse_dropped') then
    create event trigger asof_refuse_dropped on sql_drop execute function asof_guard.refuse_dropped();
    alter event trigger asof_refuse_dropped enable always;
  end if;
  return true;
exception when insufficient_privilege then
  return false;
end $$;
--> statement-breakpoint
select asof_guard.enable();
--> statement-breakpoint
-- A column was renamed, or made room for one of another type: the snapshots that have it are told where it is now. What
-- they call it, and with it their hash, stays.
create function asof_rename_stored(part text, old_name text, new_name text) returns void language plpgsql as $$
begin
  perform set_config('asof.moves_columns', 'on', true);
  update snapshot_parts p set columns = (
    select jsonb_agg(case when c->>'stored' = old_name then jsonb_set(c, '{stored}', to_jsonb(new_name)) else c end order by place)
    from jsonb_array_elements(p.columns) with ordinality described(c, place)
  )
  where p.name = part and p.columns @> jsonb_build_array(jsonb_build_object('stored', old_name));
  perform set_config('asof.moves_columns', 'off', true);
end $$;
