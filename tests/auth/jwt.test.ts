import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Authenticator } from "../../src/auth/authenticator.js";
import { JwtVerifier } from "../../src/auth/jwt.js";
import { TokenStore } from "../../src/auth/token-store.js";
import { Listener } from "../../src/db/listener.js";
import type { Pool } from "../../src/db/pool.js";
import { createPool } from "../../src/db/pool.js";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { until } from "../support/until.js";

const issuer = "https://issuer.example";
const audience = "asof";
const signer = await generateKeyPair("RS256", { extractable: true });
const stranger = await generateKeyPair("RS256", { extractable: true });
let keys: Server;
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  const jwk = { ...(await exportJWK(signer.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  keys = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => keys.listen(0, "127.0.0.1", resolve));
  database = await createMigratedDatabase();
  pool = createPool(database.url, 2);
});
afterAll(async () => {
  keys.close();
  await pool.end();
  await database.drop();
});

const url = () => `http://127.0.0.1:${(keys.address() as AddressInfo).port}/jwks`;
const authenticator = (roleClaim: string, jwksUrl = url()) =>
  new Authenticator(new TokenStore(pool), new Listener(database.url), {
    loopback: true,
    jwt: new JwtVerifier({ jwksUrl, issuer, audience, roleClaim }),
    signsIn: false,
    adminToken: null,
  });

interface Claims {
  sub?: string;
  iss?: string;
  aud?: string;
  exp?: string | number | null;
  [claim: string]: unknown;
}

function sign({ exp = "1h", ...claims }: Claims, key = signer.privateKey): Promise<string> {
  const jwt = new SignJWT({ iss: issuer, aud: audience, sub: "ann", ...claims });
  jwt.setProtectedHeader({ alg: "RS256", kid: "k1" });
  if (exp !== null) jwt.setExpirationTime(exp);
  return jwt.sign(key);
}

test.each([
  ["role", { role: "viewer" }, "viewer"],
  ["role", { role: ["viewer", "admin", "other"] }, "admin"],
  ["realm_access.roles", { realm_access: { roles: ["operator"] } }, "operator"],
  ["https://asof.example/role", { "https://asof.example/role": "operator" }, "operator"],
])("the claim %s of %j is the role %s", async (claim, claims, role) => {
  const identity = await authenticator(claim).authenticate(`Bearer ${await sign(claims)}`, "ignored");
  expect(identity).toMatchObject({ actor: "ann", role, kind: "jwt" });
});

test.each<[string, Claims, RegExp]>([
  ["no role of ours", { role: "owner" }, /claim "role" holds none of viewer, operator, admin/],
  ["no role at all", {}, /claim "role" holds none/],
  ["another issuer", { role: "admin", iss: "https://other.example" }, /the JWT is not valid here/],
  ["another audience", { role: "admin", aud: "other" }, /the JWT is not valid here/],
  ["an end that has passed", { role: "admin", exp: "-1m" }, /the JWT has expired/],
  ["no end", { role: "admin", exp: null }, /the JWT is not valid here/],
  ["a subject that is no name", { role: "admin", sub: "a b\n" }, /sub is not 1 to 128 printable/],
])("a JWT with %s is refused", async (_what, claims, message) => {
  const refused = authenticator("role").authenticate(`Bearer ${await sign(claims)}`, "ignored");
  await expect(refused).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: expect.stringMatching(message),
  });
});

test("a JWT that another key signed, or nobody, is refused", async () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { iss: issuer, aud: audience, sub: "ann", role: "admin", exp: 9_999_999_999 };
  for (const jwt of [
    await sign({ role: "admin" }, stranger.privateKey),
    `${encode({ alg: "none" })}.${encode(claims)}.`,
    await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.alloc(32, 1)),
  ]) {
    await expect(authenticator("role").authenticate(`Bearer ${jwt}`, "x")).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  }
});

test("while the keys cannot be fetched nobody is let in, and told to try again", async () => {
  const refused = authenticator("role", "http://127.0.0.1:1/jwks").authenticate(
    `Bearer ${await sign({ role: "admin" })}`,
    "x",
  );
  await expect(refused).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: "the keys that JWTs are checked with cannot be fetched; try again",
  });
});

test("a key that was withdrawn from the set is known no longer than the set is kept", async () => {
  const jwk = async (key: CryptoKey, kid: string) => ({
    ...(await exportJWK(key)),
    kid,
    alg: "RS256",
    use: "sig",
  });
  let published = [await jwk(signer.publicKey, "k1")];
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const verifier = new JwtVerifier({ jwksUrl, issuer, audience, roleClaim: "role" }, 200);
  const jwt = await sign({ role: "viewer" });
  expect(await verifier.verify(jwt)).toMatchObject({ actor: "ann" });
  published = [await jwk(stranger.publicKey, "k2")];
  const refused = await until("it is refused", () =>
    verifier.verify(jwt).then(
      () => null,
      (error: unknown) => error,
    ),
  );
  expect(refused).toMatchObject({ code: "UNAUTHENTICATED" });
  server.close();
});

test("a key set that does not end is not read to its end", async () => {
  let sent = 0;
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    const part = Buffer.alloc(64 * 1024, " ");
    const more = () => {
      while (!response.destroyed && sent < 200 * 1024 * 1024) {
        sent += part.length;
        if (!response.write(part)) return void response.once("drain", more);
      }
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const refused = authenticator("role", jwksUrl).authenticate(`Bearer ${await sign({ role: "admin" })}`, "x");
  await expect(refused).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  // What was on its way when the connection was closed, and no more.
  expect(sent).toBeLessThan(20 * 1024 * 1024);
  server.closeAllConnections();
  server.close();
});

test("with a key set nobody is anonymous, on this machine either", () => {
  expect(() => authenticator("role").authenticate(undefined, "ann")).toThrow(/^no token was sent/);
});

test("who watches an identity that ends by itself is told when it does", async () => {
  const authentication = authenticator("role");
  const jwt = await sign({ role: "viewer", exp: Math.floor(Date.now() / 1000) + 1 });
  const identity = await authentication.authenticate(`Bearer ${jwt}`, "x");
  const reason = await new Promise((resolve) => authentication.watch(identity, resolve));
  expect(reason).toBe("the token has expired");
  expect(Date.now()).toBeGreaterThanOrEqual(identity.expiresAt!);
});
