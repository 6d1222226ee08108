/** Baseline (a): node:http that reads each request whole and answers it with the same bytes every time. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

let answer = Buffer.alloc(0);
process.on("message", (text: string) => {
  answer = Buffer.from(text);
  process.send!({ ready: true });
});
process.on("disconnect", () => process.exit(0));

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-length": answer.length,
    });
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
