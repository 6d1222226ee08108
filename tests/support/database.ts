import { randomBytes } from "node:crypto";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { inject } from "vitest";
import { migrateDatabase } from "../../src/db/database.js";
import { createClient, quote } from "../../src/db/pool.js";
import { DBOS_SCHEMA } from "../../src/jobs/engine/dbos-internals.js";
import { testing as definitions } from "./deployment/testing.js";

export interface TestDatabase {
  name: string;
  url: string;
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's server. */
export const createDatabase = (): Promise<TestDatabase> => create(inject("serverUrl"));

/** A fresh one as asof leaves it at its first start: a copy takes a fraction of the time of the migrations. */
export const createMigratedDatabase = (): Promise<TestDatabase> =>
  create(inject("serverUrl"), inject("template"));

/** What `createMigratedDatabase` copies; made once for the whole run. */
export async function createTemplate(serverUrl: string): Promise<TestDatabase> {
  const template = await create(serverUrl);
  await migrateDatabase(template.url, definitions);
  await DBOS.migrate(template.url, { schemaName: DBOS_SCHEMA });
  return template;
}

async function create(serverUrl: string, template = "template1"): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, `create database ${quote(name)} template ${quote(template)}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const drop = () => onServer(serverUrl, `drop database if exists ${quote(name)} with (force)`);
  return { name, url: url.href, drop };
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = "/postgres";
  const client = createClient(url.href);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
