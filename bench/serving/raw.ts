/**
 * Baseline (b): one prepared statement through `pg` and one run of onnxruntime-node for `batch` users, written by hand,
 * again and again; no HTTP, no statuses, nothing checked.
 */
import * as ort from "onnxruntime-node";
import pg from "pg";
import { userId } from "../support/delivery.js";

export interface Raw {
  url: string;
  /** base64 */
  model: string;
  numeric: string[];
  categorical: string[];
  users: number;
  batch: number;
  seconds: number;
}

const SQL = `select a.*, b.*, c.*, d.* from unnest($1::text[]) asked(user_id)
  left join subs_profile_online a using (user_id) left join usage_agg_30d_online b using (user_id)
  left join payments_agg_90d_online c using (user_id) left join support_agg_90d_online d using (user_id)`;

process.on("message", (raw: Raw) => {
  void run(raw).then((done) => process.send!(done));
});
process.on("disconnect", () => process.exit(0));

async function run({ url, model, numeric, categorical, users, batch, seconds }: Raw) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const until = performance.now() + seconds * 1_000;
  const cpu = process.cpuUsage();
  let requests = 0;
  while (performance.now() < until) {
    const ids = Array.from({ length: batch }, () => userId(Math.floor(Math.random() * users)));
    const { rows } = await client.query({ name: "raw", text: SQL, values: [ids] });
    const values = new Float32Array(batch * numeric.length);
    let at = 0;
    for (const row of rows) {
      for (const name of numeric) values[at++] = row[name] === null ? Number.NaN : Number(row[name]);
    }
    const feeds: Record<string, ort.Tensor> = {
      numeric: new ort.Tensor("float32", values, [batch, numeric.length]),
    };
    for (const name of categorical) {
      const texts = rows.map((row) => row[name] ?? "");
      feeds[name] = new ort.Tensor("string", texts, [batch, 1]);
    }
    await session.run(feeds, ["probability"]);
    requests += batch;
  }
  const { user, system } = process.cpuUsage(cpu);
  await client.end();
  return { requests, cpuSeconds: (user + system) / 1e6 };
}
