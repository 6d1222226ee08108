/** Baseline: a Fastify route that answers with one prepared `select` of a user's four views, through a pool; nothing is checked or logged. */
import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import pg from "pg";

const SQL = `select a.*, b.*, c.*, d.* from unnest($1::text[]) asked(user_id)
  left join subs_profile_online a using (user_id) left join usage_agg_30d_online b using (user_id)
  left join payments_agg_90d_online c using (user_id) left join support_agg_90d_online d using (user_id)`;

process.on("message", ({ url }: { url: string }) => void serve(url));
process.on("disconnect", () => process.exit(0));

async function serve(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const featuresOf = async (user: string) =>
    (await pool.query({ name: "one", text: SQL, values: [[user]] })).rows[0];
  const app = Fastify();
  app.get<{ Params: { user: string } }>("/features/:user", (request) => featuresOf(request.params.user));
  app.post<{ Body: { user_id: string } }>("/predict", (request) => featuresOf(request.body.user_id));
  await app.listen({ port: 0, host: "127.0.0.1" });
  process.send!({ port: (app.server.address() as AddressInfo).port, pid: process.pid });
}
