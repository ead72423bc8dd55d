import { createServer } from "node:net";
import { inspect } from "node:util";
import { SynclineError } from "@syncline/core/spi";
import sql from "mssql";
import { describe, expect, test } from "vitest";
import { translateError } from "./errors.ts";

/** What the driver makes of an error of the server. */
function serverError(number: number, message = `message ${number}`, severity = 16): Error {
  const info = { number, message, class: severity, state: 1, lineNumber: 1, serverName: "s", procName: "" };
  return new sql.RequestError(Object.assign(new Error(message), { info }), "EREQUEST");
}

async function errorOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("did not fail");
}

describe("what the server says", () => {
  test.each([
    [102, "Incorrect syntax near 'x'", "database.failed", "query.invalid"],
    [207, "Invalid column name 'x'", "database.schema", "query.invalid"],
    [208, "Invalid object name 'syncline.change'", "database.schema", "query.invalid"],
    [229, "The SELECT permission was denied", "database.failed", "query.invalid"],
    [245, "Conversion failed", "database.failed", "query.data"],
    [468, "Cannot resolve the collation conflict", "database.failed", "query.invalid"],
    [512, "Subquery returned more than 1 value", "database.failed", "query.data"],
    [
      596,
      "Cannot continue the execution because the session is in the kill state",
      "database.unavailable",
      "database.unavailable",
    ],
    [978, "The target database is in an availability group", "database.unavailable", "database.unavailable"],
    [41302, "The current transaction attempted to update a record", "database.busy", "database.busy"],
    [845, "Time-out occurred while waiting for buffer latch", "database.busy", "database.busy"],
    [952, "Database is in transition", "database.unavailable", "database.unavailable"],
    [1101, "Could not allocate a new page", "database.busy", "database.busy"],
    [3958, "Transaction aborted when accessing versioned row", "database.busy", "database.busy"],
    [1205, "Transaction was deadlocked", "database.busy", "database.busy"],
    [1222, "Lock request time out period exceeded", "database.busy", "database.busy"],
    [3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN", "database.failed", "query.refused"],
    [3960, "Snapshot isolation transaction aborted due to update conflict", "database.busy", "database.busy"],
    [8134, "Divide by zero error encountered", "database.failed", "query.data"],
    [18456, "Login failed for user 'x'", "database.unavailable", "database.unavailable"],
    [4060, "Cannot open database", "database.unavailable", "database.unavailable"],
    [916, "The server principal is not able to access the database", "database.unavailable", "query.invalid"],
    [942, "Database cannot be opened because it is offline", "database.unavailable", "database.unavailable"],
    [40613, "Database is not currently available", "database.unavailable", "database.unavailable"],
    [99999, "never heard of", "database.failed", "query.invalid"],
  ])("%i (%s) is %s in our statements and %s in a strategy's", (number, message, own, query) => {
    const error = serverError(number, message);
    expect(translateError(error)).toMatchObject({ code: own, cause: error });
    expect(translateError(error).message).toContain(`${message} (error ${number})`);
    const told = translateError(error, "query");
    expect(told).toMatchObject({ code: query });
    expect(told.message).toContain(`(error ${number}`);
  });

  test.each([
    [245, "Conversion failed when converting the varchar value 'IBAN DE89' to data type int.", "query.data"],
    [2627, "Violation of PRIMARY KEY constraint. The duplicate key value is (IBAN DE89).", "query.data"],
    [9818, "The culture parameter 'IBAN DE89' provided in the function call is not supported.", "query.data"],
    [9820, "The time zone parameter 'IBAN DE89' provided to AT TIME ZONE clause is invalid.", "query.data"],
    [50000, "IBAN DE89\n\u001b[31mERROR", "query.data"],
    [1205, "IBAN DE89 was deadlocked", "database.busy"],
    [596, "IBAN DE89 is in the kill state", "database.unavailable"],
  ])("%i of a strategy's query keeps its number, and no word that may quote a row", (number, message, code) => {
    const last = Object.assign(serverError(number, message), {
      precedingErrors: [serverError(3621, message)],
    });
    for (const thrown of [
      last,
      new AggregateError([last], message),
      Object.assign(new Error(message), { driverError: last }),
    ]) {
      const error = translateError(thrown, "query");
      expect(error).toMatchObject({ code, message: expect.stringContaining(`(error ${number}`) });
      expect(error.cause).toMatchObject({ number });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/IBAN|DE89/);
    }
  });

  test("is kept of a strategy's query where it can name what stands in the template alone, or by the option: in one line", () => {
    expect(translateError(serverError(207, "Invalid column name 'totl'."), "query").message).toBe(
      "SQL Server: Invalid column name 'totl' (error 207)",
    );
    const message = "Conversion failed when converting 'IBAN\nDE89\u001b[31m'.";
    const error = translateError(serverError(245, message), "query", { serverMessages: true });
    expect(error.message).toBe(
      "SQL Server: Conversion failed when converting 'IBAN\\nDE89\\u{1b}[31m' (error 245, a value does not convert)",
    );
    expect(inspect(error.cause)).not.toContain("IBAN");
    expect(translateError(serverError(2627, "key\n(\u001b[31m)")).message.split(/[^ -~]/)).toHaveLength(1);
  });

  test("an unknown error after which the server closes the connection: unavailable", () => {
    expect(translateError(serverError(99999, "fatal", 21))).toMatchObject({
      code: "database.unavailable",
      retryable: true,
    });
  });

  test("of several errors, the one that is known says it", () => {
    const last = Object.assign(serverError(3621, "The statement has been terminated."), {
      precedingErrors: [serverError(2628, "String or binary data would be truncated")],
    });
    expect(translateError(new AggregateError([serverError(99999), serverError(1205)]))).toMatchObject({
      code: "database.busy",
    });
    expect(translateError(last, "query")).toMatchObject({ code: "query.refused" });
    expect(translateError([serverError(8134)], "query")).toMatchObject({ code: "query.data" });
    expect(translateError(Object.assign(new Error("wrapped"), { driverError: serverError(208) }))).toMatchObject({
      code: "database.schema",
    });
  });

  test("says what to do where the server does not", () => {
    expect(translateError(serverError(208, "Invalid object name 'syncline.change'.")).message).toMatch(
      /'syncline\.change'\. \(error 208\)\. Is the schema migrated\? Run migrate\(\)\.$/,
    );
    expect(translateError(serverError(208, "Invalid object name 'OPENJSON'."))).toMatchObject({
      code: "database.failed",
      message: expect.stringContaining("compatibility level 130"),
    });
    expect(translateError(serverError(3952)).message).toContain("ALLOW_SNAPSHOT_ISOLATION ON");
    expect(translateError(serverError(468), "query").message).toContain(":field COLLATE");
  });
});

describe("what the driver says", () => {
  const pool = (config: Partial<sql.config>) => {
    const made = new sql.ConnectionPool({ server: "127.0.0.1", options: { encrypt: false }, ...config });
    made.on("error", () => {});
    return made;
  };

  test("nobody listens: unavailable, to be tried again", async () => {
    const error = await errorOf(() => pool({ port: 1 }).connect());
    expect(translateError(error)).toMatchObject({ code: "database.unavailable", retryable: true });
  });

  test("there is no such host: unavailable", async () => {
    const error = await errorOf(() => pool({ server: "no-such-host.invalid" }).connect());
    expect(translateError(error)).toMatchObject({ code: "database.unavailable" });
  });

  test("somebody else answers: unavailable", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const error = await errorOf(() => pool({ port }).connect());
    server.close();
    expect(translateError(error)).toMatchObject({ code: "database.unavailable" });
  });

  test("a pool that was never opened: unavailable", async () => {
    expect(translateError(await errorOf(() => pool({}).request().query("SELECT 1")))).toMatchObject({
      code: "database.unavailable",
    });
  });

  test("a transaction that was not begun: nothing to record on", async () => {
    const connected = pool({});
    Reflect.set(connected, "_connected", true);
    const error = await errorOf(() => new sql.Transaction(connected).request().query("SELECT 1"));
    expect(translateError(error)).toMatchObject({ code: "recorder.connection" });
  });

  test("a time limit is the query's in a strategy, and a busy server in our statements", () => {
    const error = new sql.RequestError("Timeout: Request failed to complete in 50ms", "ETIMEOUT" as never);
    expect(translateError(error, "query")).toMatchObject({ code: "query.timeout" });
    expect(translateError(error)).toMatchObject({ code: "database.busy", retryable: true });
  });

  test("what it throws over a row is told without the row", () => {
    for (const bug of [
      new TypeError("Invalid string: IBAN DE89"),
      new Error("unexpected end of message stream: IBAN DE89"),
    ]) {
      const error = translateError(bug, "query");
      expect(inspect(error, { depth: 9 })).not.toContain("IBAN");
    }
    expect(translateError(new TypeError("IBAN DE89"), "query").message).toBe("SQL Server's driver threw a TypeError.");
  });

  test.each([
    "Failed to acquire a connection from the pool: operation timed out",
    "No event 'socketError' in state 'Final'",
    "unexpected end of message stream",
  ])("%s: unavailable, though it has no code", (message) => {
    expect(translateError(new Error(message))).toMatchObject({ code: "database.unavailable" });
  });
});

test("what is a SynclineError already stays what it is, and anything else is a failure with its cause", () => {
  const known = new SynclineError("query.row-limit", "too many");
  expect(translateError(known)).toBe(known);
  const bug = new TypeError("a bug");
  expect(translateError(bug)).toMatchObject({ code: "database.failed", cause: bug, retryable: false });
  expect(translateError("odd")).toMatchObject({ code: "database.failed" });
  expect(translateError(undefined)).toMatchObject({ code: "database.failed" });
});

test.each([18456, 18487, 18488, 4060, 916, 942, 17892, 40615])("%i is for a person to mend", (number) => {
  const error = translateError(serverError(number, "Refused."));
  expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: true });
  expect(error.message).toContain("Somebody has to mend this.");
});

test.each([927, 941, 17809, 40613])("%i passes by itself", (number) => {
  const error = translateError(serverError(number, "Not now."));
  expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: false });
});
