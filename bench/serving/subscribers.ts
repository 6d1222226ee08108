/**
 * Many idle subscriptions, a process of its own: graphql-transport-ws over bare WebSockets, each with one subscription.
 * A message opens as many as are missing; the first event that all followers of the run have got is told.
 */
import WebSocket from "ws";

export interface Subscribe {
  port: number;
  runId: string;
  /** In all. */
  count: number;
}
export interface Subscribed {
  open: number;
}
export interface Told {
  received: number;
  /** Between the first subscriber that got the event and the last. */
  ms: number;
}

const AT_ONCE = 100;
/** Of 127.0.0.0/8: one address has ports for fewer than 30 000 connections. */
const sockets: WebSocket[] = [];
let followers = 0;
let received = 0;
let firstAt = 0;

process.on("message", (asked: Subscribe) => {
  void subscribeUpTo(asked).then(() => process.send!({ open: sockets.length } satisfies Subscribed));
});
process.on("disconnect", () => process.exit(0));

async function subscribeUpTo({ port, runId, count }: Subscribe): Promise<void> {
  while (sockets.length < count) {
    const batch = Math.min(AT_ONCE, count - sockets.length);
    await Promise.all(Array.from({ length: batch }, (_, i) => open(port, i % 2 === 0 ? runId : null)));
  }
}

function open(port: number, runId: string | null): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, "graphql-transport-ws", {
    perMessageDeflate: false,
  });
  sockets.push(socket);
  const query = runId
    ? `subscription { runEvents(runId: "${runId}") { id type status message } }`
    : "subscription { modelTransitions { id } }";
  // A run is told from its beginning: what it has said so far comes first.
  let live = false;
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed with ${code}`)));
    socket.on("open", () => socket.send('{"type":"connection_init"}'));
    socket.on("message", (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === "connection_ack") {
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
        if (!runId) return resolve();
        followers++;
      } else if (type === "ping") socket.send('{"type":"pong"}');
      else if (type === "next" && !live) {
        live = true;
        resolve();
      } else if (type === "next") tell(payload);
      else if (type === "error") reject(new Error(JSON.stringify(payload)));
    });
  });
}

function tell(payload: { data?: { runEvents: { status: string } } }): void {
  if (payload.data?.runEvents.status === "RUNNING") return;
  firstAt ||= performance.now();
  if (++received === followers) process.send!({ received, ms: performance.now() - firstAt } satisfies Told);
}
