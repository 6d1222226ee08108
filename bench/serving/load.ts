/**
 * The load generator, a process of its own: closed-loop HTTP/1.1 over kept-alive sockets, one request under way per
 * connection. It reads no more of an answer than its status and length, so that it takes little of the machine.
 */
import { connect } from "node:net";

export interface Load {
  port: number;
  connections: number;
  seconds: number;
  /** Whole requests as they go over the wire, taken in turn. */
  requests: string[];
  /** Milliseconds that a connection waits after each answer; 0: none, as many requests as are answered. */
  pauseMs?: number;
  /** Whether each latency is told, not only their quantiles. */
  each?: boolean;
}

export interface Loaded {
  requests: number;
  /** Answers other than 200, or of fewer bytes than an answer has. */
  failures: number;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  each?: number[];
}

process.on("message", (load: Load) => {
  void run(load).then((loaded) => process.send!(loaded));
});
process.on("disconnect", () => process.exit(0));

async function run({ port, connections, seconds, requests, pauseMs = 0, each }: Load): Promise<Loaded> {
  const wire = requests.map((request) => Buffer.from(request));
  const took: number[] = [];
  let failures = 0;
  let next = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;

  const converse = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let sentAt = 0;
      let expected = -1;
      let received = 0;
      const send = () => {
        if (performance.now() >= until) {
          socket.destroy();
          return resolve();
        }
        expected = -1;
        received = 0;
        sentAt = performance.now();
        socket.write(wire[next++ % wire.length]!);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        if (expected < 0) {
          const head = chunk.toString("latin1");
          if (!head.startsWith("HTTP/1.1 200")) failures++;
          const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
          if (!length) return reject(new Error(`an answer without a length: ${head.slice(0, 300)}`));
          expected = head.indexOf("\r\n\r\n") + 4 + Number(length);
        }
        received += chunk.length;
        if (received < expected) return;
        took.push(performance.now() - sentAt);
        if (pauseMs > 0) setTimeout(send, pauseMs * (0.5 + Math.random()));
        else send();
      });
    });
  await Promise.all(Array.from({ length: connections }, converse));
  took.sort((a, b) => a - b);
  const quantile = (q: number) => took[Math.min(took.length - 1, Math.floor(q * took.length))]!;
  return {
    requests: took.length,
    failures,
    seconds: (performance.now() - startedAt) / 1_000,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    ...(each ? { each: took } : {}),
  };
}
