import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { inboxWsdl } from "./inbox-server.ts";

/** Whether PHP can serve SOAP here; says how to get it where it cannot. */
export function hasPhp(): boolean {
  if (spawnSync("php", ["-r", "exit(extension_loaded('soap') ? 0 : 1);"], { stdio: "ignore" }).status === 0)
    return true;
  console.log("Skipped: SOAP with a server of PHP. It is not on this machine; `apt-get install php-cli php-soap`.");
  return false;
}

/** PHP's SoapServer for the inbox, or another WSDL, in a process of its own. */
export class PhpServer {
  readonly endpoint: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, endpoint: string) {
    this.#process = process;
    this.endpoint = endpoint;
  }

  /** `told`: the file into which it writes what it understood. */
  static async start(
    version: "1.1" | "1.2",
    told: string,
    { name = "orders", wsdl = inboxWsdl } = {},
  ): Promise<PhpServer> {
    const port = await freePort();
    const script = fileURLToPath(new URL(`./${name}.php`, import.meta.url));
    const env = { ...process.env, INBOX_WSDL: wsdl, INBOX_VERSION: version, INBOX_TOLD: told };
    const php = spawn("php", ["-S", `127.0.0.1:${port}`, script], { env, stdio: ["ignore", "ignore", "pipe"] });
    // Its first words are that it has started; later ones are of each call, and are read so that it can go on.
    for await (const words of php.stderr) if (String(words).includes("started")) break;
    php.stderr.resume();
    return new PhpServer(php, `http://127.0.0.1:${port}/`);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}

/** PHP does not say which port it took. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
