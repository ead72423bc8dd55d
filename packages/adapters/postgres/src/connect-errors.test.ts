import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { SynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { expect, test } from "vitest";
import { translateConnectError } from "./connect-errors.ts";

const url = await testDatabase();

async function errorOfLogin(config: pg.ClientConfig): Promise<SynclineError> {
  const client = new pg.Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    return translateConnectError(error);
  } finally {
    await client.end().catch(() => {});
  }
  throw new Error("did not fail");
}

test("a server without TLS, where it is asked for, is told to whoever runs it", async () => {
  const error = await errorOfLogin({ connectionString: url, ssl: true });
  expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: true });
  expect(error.message).toContain("Check the option ssl");
});

test("no password where one is asked for, too", async () => {
  const without = new URL(url);
  without.password = "";
  const error = await errorOfLogin({ connectionString: without.href, password: undefined });
  expect(error).toMatchObject({ code: "database.unavailable", needsPerson: true });
  expect(error.message).toContain("Check the password");
});

test.each(["SELF_SIGNED_CERT_IN_CHAIN", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
  "a certificate that does not hold: %s",
  (code) => {
    const error = translateConnectError(Object.assign(new Error("bad certificate"), { code }));
    expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: true });
    expect(error.message).toContain("certificate");
  },
);

test.each([
  ["57P03", "the database system is starting up"],
  ["57P01", "terminating connection due to administrator command"],
  ["53300", "sorry, too many clients already"],
  ["53200", "out of memory"],
  ["08P01", "query_wait_timeout"],
  ["XX000", "could not find the server"],
])("%s passes by itself", (code, message) => {
  const error = translateConnectError(Object.assign(new Error(message), { code }));
  expect(error.needsPerson).toBe(false);
  expect(error.message).toContain(message);
});

test("whoever hangs up is away, and needs nobody", async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const error = await errorOfLogin({ host: "127.0.0.1", port, user: "x", database: "x" });
  expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: false });
  server.close();
});

test("an address that cannot be is not tried again, and what is translated stays as it is", () => {
  let bad: unknown;
  try {
    new URL("postgres://me:planted-secret@host:99999999/x");
  } catch (error) {
    bad = error;
  }
  expect(translateConnectError(bad)).toMatchObject({ code: "database.failed", retryable: false });
  const known = new SynclineError("operation.aborted", "x");
  expect(translateConnectError(known)).toBe(known);
});
