import { useApolloClient, useQuery } from "@apollo/client/react";
import { Alert, Button, Center, Divider, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useState } from "react";
import { SESSION_ENDED } from "./client.js";
import type { ViewerQuery } from "./graphql/graphql.js";
import { graphql } from "./graphql/index.js";
import { Failure, Waiting } from "./parts/loaded.js";
import { at } from "./place.js";

const VIEWER = graphql(`
  query Viewer {
    viewer {
      actor
      role
      modelRoles {
        model
        role
      }
      protocolRoles {
        protocol
        role
      }
      open
    }
    deployment {
      name
      entities {
        name
        plural
        description
        keys {
          column
          field
          type
        }
      }
      services {
        name
        description
        task
        entity
        label
        request {
          name
          type
          required
          min
          max
          oneOf
        }
      }
    }
  }
`);

type Role = ViewerQuery["viewer"]["role"];
const RANK: Record<Role, number> = { NONE: 0, VIEWER: 1, OPERATOR: 2, ADMIN: 3 };

interface Session extends ViewerQuery {
  /** Whether the caller's role, or theirs for this model, covers this one; the server decides all the same. */
  can: (role: Role, model?: string) => boolean;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

/** Who uses the console, and what the deployment declares. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is used outside of <SignedIn>");
  return session;
}

/** The page for who is known; for anybody else the page that asks for a token. An open server knows everybody. */
export function SignedIn({ children }: { children: ReactNode }) {
  const client = useApolloClient();
  const [ended, setEnded] = useState(false);
  /** Why the session goes on although its user left it. */
  const [left, setLeft] = useState<string | null>(null);
  const { data, error, refetch } = useQuery(VIEWER, { fetchPolicy: "network-only" });

  useEffect(() => {
    const end = () => {
      setEnded(true);
      // Nothing of the former session stays in memory.
      void client.clearStore();
    };
    window.addEventListener(SESSION_ENDED, end);
    return () => window.removeEventListener(SESSION_ENDED, end);
  }, [client]);

  if (ended) {
    const begin = async () => {
      setEnded(false);
      setLeft(null);
      await refetch();
    };
    return <SignIn begin={begin} left={left} />;
  }
  if (!data) {
    return (
      <Center mih="60vh">{error ? <Failure error={error} retry={refetch} /> : <Waiting lines={4} />}</Center>
    );
  }
  const session: Session = {
    ...data,
    can: (role, model) => {
      const { role: own, modelRoles } = data.viewer;
      const held = modelRoles.filter((each) => each.model === model).map((each) => each.role);
      return [own, ...held].some((each) => RANK[each] >= RANK[role]);
    },
    signOut: async () => {
      setLeft(await endSession());
      window.dispatchEvent(new Event(SESSION_ENDED));
    },
  };
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** @returns what is to be done where the server did not end it */
async function endSession(): Promise<string | null> {
  const ended = await fetch(at("session"), { method: "DELETE" }).catch(() => null);
  if (ended?.ok) return null;
  const why = ended ? `the server answered ${ended.status}` : "it cannot be reached";
  return `The server did not end your session: ${why}. Sign in and out again, or remove this site's cookies.`;
}

interface Provider {
  name: string;
  url: string;
}

/** Why the provider's answer signed nobody in, as the server says it in the address. */
const REFUSALS: Readonly<Record<string, string | undefined>> = {
  denied: "The sign-in was refused at the provider.",
  no_role: "You are known there, but none of your groups has a role here. Ask an administrator of asof.",
  failed: "The provider's answer does not hold. Try again; the server's log says more.",
  expired: "That sign-in is over, or was begun in another browser. Try again.",
  unavailable: "The provider cannot be reached. Try again later, or use a token.",
};

/** Where people sign in; null: nowhere, or it cannot be asked. */
function useProvider(): Provider | null {
  const [provider, setProvider] = useState<Provider | null>(null);
  useEffect(() => {
    const asked = new AbortController();
    fetch(at("session"), { signal: asked.signal })
      .then((response) => response.json())
      .then((ways: { provider: Provider | null }) => setProvider(ways.provider))
      .catch(() => {});
    return () => asked.abort();
  }, []);
  return provider;
}

/** This page's address under the server's, without what a sign-in left in it. */
function here(): string {
  const url = new URL(window.location.href);
  url.searchParams.delete("signIn");
  return `/${url.href.slice(new URL(at(""), url).href.length)}`;
}

function SignIn({ begin, left }: { begin: () => Promise<void>; left: string | null }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState(left);
  const [busy, setBusy] = useState(false);
  const provider = useProvider();
  const refusal = REFUSALS[new URLSearchParams(window.location.search).get("signIn") ?? ""];

  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const response = await fetch(at("session"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: token.trim() }),
      });
      if (response.ok) return await begin();
      const { error } = (await response.json()) as { error?: { message?: string } };
      setProblem(error?.message ?? `the server answered ${response.status}`);
    } catch {
      setProblem("The server cannot be reached.");
    } finally {
      setBusy(false);
    }
  };

  return (
    <Center mih="80vh" p="md" component="main">
      <Paper withBorder p="xl" w={420} maw="100%">
        <form onSubmit={signIn}>
          <Stack>
            <Title order={1} size="h3">
              Sign in to asof
            </Title>
            {refusal && (
              <Alert color="red" role="alert">
                {refusal}
              </Alert>
            )}
            {provider && (
              <>
                <Button component="a" href={`${at(provider.url)}?page=${encodeURIComponent(here())}`}>
                  Sign in at {provider.name}
                </Button>
                <Divider label="or" />
              </>
            )}
            <Text size="sm" c="dimmed">
              Paste an API token. An operator makes one with <code>asof token create</code>. It is kept in a
              cookie that no script can read, until you sign out.
            </Text>
            <PasswordInput
              label="Token"
              value={token}
              onChange={({ currentTarget }) => setToken(currentTarget.value)}
              autoComplete="off"
              required
              data-autofocus
            />
            {problem && (
              <Alert color="red" role="alert">
                {problem}
              </Alert>
            )}
            <Button type="submit" loading={busy} variant={provider ? "default" : "filled"}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
