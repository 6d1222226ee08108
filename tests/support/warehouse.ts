import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient, quote } from "../../src/db/pool.js";
import type { Deployment, Source } from "../../src/definitions/language/deployment.js";
import type { Origin } from "../../src/definitions/language/origin.js";

/** A second PostgreSQL server, which asof does not own. */
export interface TestWarehouse {
  url: string;
  client: pg.Client;
  /** A table of a source's rows, typed as it declares them. */
  fill(source: Source, key: string, lines: readonly string[], more?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

const TYPES: Record<string, string> = {
  ...{ int: "integer", float: "double precision", bool: "boolean", string: "text", date: "date" },
};

export async function startWarehouse(): Promise<TestWarehouse> {
  const home = mkdtempSync(join(tmpdir(), "asof-warehouse-"));
  const server = await startEmbedded(home, { shared_buffers: "32MB", max_connections: "20" });
  const url = new URL(server.url);
  url.pathname = "/postgres";
  const client = createClient(url.href);
  client.on("error", () => {});
  await client.connect();
  return {
    url: url.href,
    client,
    fill: async (source, key, [header, ...lines], more = {}) => {
      const names = header!.split(",");
      const typed = names.map((name) => {
        const declared = name === key ? "text" : TYPES[source.columns[name]!.type];
        return `${quote(name)} ${declared}`;
      });
      const extra = Object.entries(more).map(([name, definition]) => `${quote(name)} ${definition}`);
      await client.query(`drop table if exists ${quote(source.name)}`);
      await client.query(`create table ${quote(source.name)} (${[...typed, ...extra].join(", ")})`);
      const into = `insert into ${quote(source.name)} (${names.map(quote).join(", ")})`;
      for (const line of lines) {
        const values = line.split(",").map((value) => (value === "" ? null : value));
        await client.query(`${into} values (${values.map((_, i) => `$${i + 1}`).join(", ")})`, values);
      }
    },
    stop: async () => {
      await client.end();
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The same deployment with its sources elsewhere. */
export function withOrigins(definitions: Deployment, from: Readonly<Record<string, Origin>>): Deployment {
  const moved = new Map(
    definitions.sources.map((source) => [
      source.name,
      from[source.name] ? { ...source, from: from[source.name]! } : source,
    ]),
  );
  const of = ({ name }: { name: string }) => moved.get(name)!;
  return {
    ...definitions,
    entities: definitions.entities.map(({ entity, source }) => ({ entity, source: of(source) })),
    sources: definitions.sources.map(of),
    views: definitions.views.map((view) => ({ ...view, source: of(view.source) })),
    services: definitions.services.map((service) => ({
      ...service,
      views: service.views.map((view) => ({ ...view, source: of(view.source) })),
      label: { ...service.label, source: of(service.label.source) },
    })),
  };
}
