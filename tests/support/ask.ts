import type { TestApp } from "../support/app.js";

export interface Answered {
  status: number;
  headers: Headers;
  body: any;
  /** Of the first error, in GraphQL's shape or REST's. */
  code: string | undefined;
  message: string | undefined;
}

export interface Request {
  method?: string;
  body?: string;
  token?: string | undefined;
  headers?: Record<string, string>;
}

/** One request as whoever holds the token. */
export async function ask(
  address: string,
  path: string,
  { token, headers, ...init }: Request = {},
): Promise<Answered> {
  const response = await fetch(`${address}${path}`, {
    ...init,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
  });
  const text = await response.text();
  const body = text.startsWith("{") ? JSON.parse(text) : text;
  const error = body.errors?.[0];
  const code = error?.extensions.code ?? body.error?.code;
  return {
    status: response.status,
    headers: response.headers,
    body,
    code,
    message: error?.message ?? body.error?.message,
  };
}

/** One operation as whoever holds the token. */
export function operate(
  { asof }: Pick<TestApp, "asof">,
  query: string,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Answered> {
  return ask(asof.address, "/graphql", {
    method: "POST",
    body: JSON.stringify({ query }),
    token,
    headers: { "content-type": "application/json", ...headers },
  });
}
