import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A downstream: keeps what is PUT and forgets what is DELETEd, by path. */
export async function openWarehouse() {
  const books = new Map<string, string>();
  const server = createServer((incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    incoming.on("end", () => {
      const path = incoming.url ?? "";
      if (incoming.method === "DELETE") books.delete(path);
      else books.set(path, body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    books: books as ReadonlyMap<string, string>,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
