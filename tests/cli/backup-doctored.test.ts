import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, type Headers, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmbedded } from "../../src/db/embedded/server.js";
import { createClient } from "../../src/db/pool.js";
import { VERSION } from "../../src/values/version.js";
import { asof } from "../support/cli.js";

type Item = [header: Headers, content: Buffer];
const LONG = "x".repeat(120);

let folder: string;
let items: Item[];
let homes = 0;

const newHome = () => join(folder, `home-${++homes}`);
const env = (home: string) => ({ ASOF_HOME: home, DATABASE_URL: "" });
const file = (name: string, text = "x"): Item => [{ name, type: "file" }, Buffer.from(text)];
const manifestWith = (changes: object): Item => {
  const manifest = { ...JSON.parse(items[0]![1].toString()), ...changes };
  return file("asof-backup.json", JSON.stringify(manifest));
};

async function sql(home: string, text: string): Promise<any[]> {
  const server = await startEmbedded(home);
  const url = new URL(server.url);
  url.pathname = "/postgres";
  const client = createClient(url.href);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
    await server.stop();
  }
}

async function write(path: string, archive: Item[]): Promise<void> {
  const packed = pack();
  const written = pipeline(Readable.from(packed), createGzip({ level: 1 }), createWriteStream(path));
  for (const [header, content] of archive) {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (header.type === "file") packed.entry({ ...header, size: content.length }, content, done);
      else packed.entry(header, done);
    });
  }
  packed.finalize();
  await written;
}

/** Restores an archive into a home of its own. */
async function restore(archive: Item[], home = newHome()) {
  const path = `${home}.backup`;
  await write(path, archive);
  return { home, ...(await asof(["restore", path], env(home))) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-doctored-"));
  chmodSync(folder, 0o711); // as root, the server runs as another user
  const home = newHome();
  await sql(home, "create table kept as select 42 as answer");
  // What an operator may have left there is none of the backup's.
  writeFileSync(join(home, "postgres/data", `${LONG}.notes`), "mine");
  const path = join(folder, "good.backup");
  expect(await asof(["backup", path], env(home))).toMatchObject({ code: 0, err: "" });
  items = [];
  const archive = extract();
  createReadStream(path).pipe(createGunzip()).pipe(archive);
  for await (const entry of archive) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    items.push([entry.header, Buffer.concat(parts)]);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a backup", () => {
  it("holds what PostgreSQL keeps for asof, no configuration, and its own versions", () => {
    const names = items.map(([{ name }]) => name);
    expect(names.filter((name) => /\.conf$|\.notes$|postmaster|\.signal$/.test(name))).toEqual([]);
    expect(names).toContain("data/backup_label");
    expect(JSON.parse(items[0]![1].toString())).toMatchObject({ release: VERSION, serverVersion: 180_004 });
  });

  it("is restored with a configuration that is written anew, whatever it brings along", async () => {
    const marker = join(folder, "executed");
    const command = `touch ${marker}`;
    const auto = `restore_command = '${command}'\\narchive_cleanup_command = '${command}'\\nrecovery_end_command = '${command}'\\nlisten_addresses = '*'\\n`;
    const doctored = [
      ...items.slice(0, -1),
      file("data/postgresql.auto.conf", auto.replaceAll("\\n", "\n")),
      file("data/postgresql.conf", auto.replaceAll("\\n", "\n")),
      file("data/pg_hba.conf", "host all all 0.0.0.0/0 trust\n"),
      file("data/pg_ident.conf"),
      items.at(-1)!,
    ];
    const { code, err, home } = await restore(doctored);
    expect([code, err]).toEqual([0, ""]);
    expect(existsSync(marker)).toBe(false);
    const rows = await sql(
      home,
      `select (select answer from kept) as answer, current_setting('restore_command') as command,
       current_setting('listen_addresses') as listens, (select array_agg(distinct auth_method) from pg_hba_file_rules) as auth`,
    );
    expect(rows).toEqual([{ answer: 42, command: "", listens: "127.0.0.1", auth: ["scram-sha-256"] }]);
    expect(readFileSync(join(home, "postgres/data/postgresql.conf"), "utf8")).toContain("Written by asof");
  });

  it.each<[string, () => Item[], RegExp]>([
    [
      "recovery.signal",
      () => [...items, file("data/recovery.signal")],
      /holds "data\/recovery\.signal", which no backup has/,
    ],
    ["standby.signal", () => [...items, file("data/standby.signal")], /which no backup has/],
    ["a tablespace map", () => [...items, file("data/tablespace_map", "1 /etc\n")], /which no backup has/],
    ["a file of a tablespace", () => [...items, file("data/pg_tblspc/1/x")], /which no backup has/],
    [
      "a symbolic link",
      () => [...items, [{ name: "data/pg_tblspc/1", type: "symlink", linkname: "/etc" }, Buffer.alloc(0)]],
      /\(symlink\), which no backup has/,
    ],
    [
      "a link in a file's place",
      () => [...items, [{ name: "data/PG_VERSION", type: "link", linkname: "/etc/passwd" }, Buffer.alloc(0)]],
      /\(link\), which no backup has/,
    ],
    [
      "a device",
      () => [...items, [{ name: "data/base/1/1", type: "character-device" }, Buffer.alloc(0)]],
      /which no backup has/,
    ],
    ["an absolute name", () => [...items, file("/tmp/asof-doctored")], /which no backup has/],
    ["a name that leads out", () => [...items, file("data/../../out")], /which no backup has/],
    [
      "a long name that leads out",
      () => [...items, file(`data/${LONG}/../../../${LONG}/out`)],
      /which no backup has/,
    ],
    ["a long name", () => [...items, file(`data/base/${LONG}`)], /which no backup has/],
    ["another root", () => [...items, file("database/PG_VERSION")], /which no backup has/],
    ["a library", () => [...items, file("data/evil.so")], /which no backup has/],
    ["a file twice", () => [...items, file("data/PG_VERSION", "17\n")], /EEXIST/],
    [
      "a password that leads elsewhere",
      () =>
        items.map((item) =>
          item[0].name === "data/asof-password" ? file(item[0].name, "x@evil.example/?") : item,
        ),
      /holds no password of asof's/,
    ],
    ["no manifest", () => items.slice(1), /it is no backup of asof's/],
    [
      "an endless manifest",
      () => [file("asof-backup.json", " ".repeat(100_000)), ...items.slice(1)],
      /it is no backup of asof's/,
    ],
    ["no end", () => items.filter(([{ name }]) => name !== "data/backup_label"), /it is cut off/],
    [
      "a newer asof's data",
      () => [manifestWith({ release: "99.1.0" }), ...items.slice(1)],
      /it is of asof 99\.1\.0, and this is \S+: restore it with asof 99\.1\.0 or newer/,
    ],
    [
      "another PostgreSQL's files",
      () => [manifestWith({ serverVersion: 170_002 }), ...items.slice(1)],
      /it is of PostgreSQL 17, and this release brings 18: restore it with its own release \(asof/,
    ],
  ])("with %s is refused, and leaves nothing", async (_what, archive, reason) => {
    const { code, err, home } = await restore(archive());
    expect(err).toMatch(reason);
    expect(err).toContain("cannot be restored");
    expect([code, readdirSync(join(home, "postgres"))]).toEqual([1, []]);
    expect(existsSync("/tmp/asof-doctored")).toBe(false);
  });

  it("of 0.1.0, which says no release and brings its configuration, is taken", async () => {
    const manifest = manifestWith({ release: undefined });
    const older = [manifest, ...items.slice(1, -1), file("data/postgresql.conf"), items.at(-1)!];
    expect(await restore(older)).toMatchObject({ code: 0, err: "" });
  });
});
