import { once } from "node:events";
import { createServer } from "node:net";

const FIRST = 10_000;
/** Systems give outgoing connections ports from here on: one of those may be taken while its server is down. */
const END = 32_000;

/** A port of this machine that nothing listens on, and that stays free while its server is started again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (END - FIRST));
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
