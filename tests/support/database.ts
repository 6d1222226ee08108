import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { createClient, quote } from "../../src/db/pool.js";

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's server. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await onServer(`create database ${quote(name)}`);
  const url = new URL(inject("serverUrl"));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`drop database if exists ${quote(name)} with (force)`) };
}

async function onServer(sql: string): Promise<void> {
  const url = new URL(inject("serverUrl"));
  url.pathname = "/postgres";
  const client = createClient(url.href);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
