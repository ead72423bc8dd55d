import { createRequire } from "node:module";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { SynclineError } from "@syncline/core/spi";
import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import { breaksConnection, nativeCodeOf, translateError } from "./errors.ts";

/** What the driver itself makes of a server's message: it takes some for the end of the connection, and adds a link. */
const driver = createRequire(import.meta.url)("oracledb/lib/errors.js") as { transformErr(error: Error): Error };

function serverError(message: string): Error {
  const number = Number(/ORA-(\d+)/.exec(message)?.[1]);
  return driver.transformErr(Object.assign(new Error(message), { errorNum: number }));
}

describe("what the server says", () => {
  test.each([
    ["ORA-00942: table or view does not exist", "database.schema", "query.invalid"],
    [`ORA-00904: "O"."NOWHERE": invalid identifier`, "database.schema", "query.invalid"],
    ["ORA-00936: missing expression", "database.failed", "query.invalid"],
    ["ORA-00932: inconsistent datatypes: expected NUMBER got DATE", "database.failed", "query.invalid"],
    ["ORA-00918: column ambiguously defined", "database.failed", "query.invalid"],
    ["ORA-02014: cannot select FOR UPDATE from view with DISTINCT", "database.failed", "query.invalid"],
    ["ORA-01031: insufficient privileges", "database.failed", "query.invalid"],
    ["ORA-01722: invalid number", "database.failed", "query.data"],
    ["ORA-01476: divisor is equal to zero", "database.failed", "query.data"],
    ["ORA-01858: a non-numeric character was found where a numeric was expected", "database.failed", "query.data"],
    ["ORA-40441: JSON syntax error", "database.failed", "query.data"],
    ["ORA-20001: not for sale", "database.failed", "query.data"],
    [
      "ORA-01456: may not perform insert/delete/update operation inside a READ ONLY transaction",
      "database.failed",
      "query.refused",
    ],
    ["ORA-14551: cannot perform a DML operation inside a query", "database.failed", "query.refused"],
    ["ORA-01013: user requested cancel of current operation", "database.busy", "query.timeout"],
    ["ORA-00054: resource busy and acquire with NOWAIT specified", "database.busy", "database.busy"],
    ["ORA-00060: deadlock detected while waiting for resource", "database.busy", "database.busy"],
    ["ORA-00051: timeout occurred while waiting for a resource", "database.busy", "database.busy"],
    ["ORA-12805: parallel query server died unexpectedly", "database.busy", "database.busy"],
    ["ORA-01115: IO error reading block from file", "database.unavailable", "database.unavailable"],
    ["ORA-00376: file 7 cannot be read at this time", "database.unavailable", "database.unavailable"],
    ["ORA-01555: snapshot too old", "database.busy", "database.busy"],
    ["ORA-08177: can't serialize access for this transaction", "database.busy", "database.busy"],
    ["ORA-00028: your session has been killed", "database.unavailable", "database.unavailable"],
    ["ORA-03113: end-of-file on communication channel", "database.unavailable", "database.unavailable"],
    ["ORA-01033: ORACLE initialization or shutdown in progress", "database.unavailable", "database.unavailable"],
    [
      "ORA-12514: TNS:listener does not currently know of service requested",
      "database.unavailable",
      "database.unavailable",
    ],
    ["ORA-01017: invalid username/password; logon denied", "database.unavailable", "database.unavailable"],
    [
      "ORA-01035: ORACLE only available to users with RESTRICTED SESSION",
      "database.unavailable",
      "database.unavailable",
    ],
    ["ORA-16000: database open for read-only access", "database.unavailable", "query.refused"],
    ["ORA-01653: unable to extend table", "database.unavailable", "database.unavailable"],
    ["ORA-00001: unique constraint (SHOP.X) violated", "database.failed", "query.data"],
    ["ORA-03048: SQL reserved word 'FROM' is not syntactically valid", "database.failed", "query.invalid"],
    ["ORA-08103: object no longer exists", "database.busy", "database.busy"],
    ["ORA-01950: no privileges on tablespace 'USERS'", "database.unavailable", "database.unavailable"],
    ["ORA-65535: one of tomorrow", "database.failed", "query.invalid"],
  ])("%s is %s in our statements and %s in a strategy's", (message, own, query) => {
    const error = serverError(message);
    expect(translateError(error)).toMatchObject({ code: own, cause: error });
    expect(translateError(error, "query")).toMatchObject({ code: query });
  });

  test.each([
    [
      `ORA-01722: unable to convert string value containing 'I' to a number: "IBAN DE89"\nHelp: https://docs.oracle.com/x`,
      "query.data",
    ],
    ["ORA-20001: IBAN DE89\n\u001b[31mERROR", "query.data"],
    [`ORA-19202: Error occurred in XML processing\nORA-00904: "IBAN DE89": invalid identifier`, "query.data"],
    [`ORA-00904: "IBAN DE89": invalid identifier\nORA-06512: at "SHOP.DYNAMIC"`, "query.invalid"],
    ["ORA-00001: unique constraint (SHOP.X) violated for row (IBAN DE89)", "query.data"],
    ["ORA-00060: deadlock of IBAN DE89", "database.busy"],
  ])("%s of a strategy's query that ran keeps its number, and no word that may quote a row", (message, code) => {
    const error = translateError(serverError(message), "query");
    expect(error).toMatchObject({ code, message: expect.stringContaining(message.slice(0, 9)) });
    expect(error.cause).toMatchObject({ code: message.slice(0, 9) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/IBAN|DE89/);
    const asked = translateError(serverError(message), "query", { serverMessages: true });
    expect(asked.message).toContain("IBAN DE89");
    expect(asked.message.split(/[^ -~]/)).toHaveLength(1);
    expect(inspect(asked.cause)).not.toContain("IBAN");
  });

  test("beneath what the driver says of a lost connection is left out", () => {
    const error = translateError(serverError("ORA-03113: IBAN DE89"), "query");
    expect(error).toMatchObject({ code: "database.unavailable", cause: { code: "NJS-500" } });
    expect(inspect(error, { depth: 9 })).not.toContain("IBAN");
  });

  test("of a text that is only parsed is kept", () => {
    const error = translateError(serverError(`ORA-00904: "O"."TOTL": invalid identifier`), "described");
    expect(error).toMatchObject({ code: "query.invalid", message: expect.stringContaining(`"O"."TOTL": invalid`) });
  });

  test("what the driver throws over a row is told without the row", () => {
    const error = translateError(new TypeError("IBAN DE89"), "query");
    expect(error.message).toBe("Oracle's driver threw a TypeError.");
    expect(inspect(error, { depth: 9 })).not.toContain("IBAN");
    const value = Object.assign(new Error("NJS-115: IBAN DE89"), { code: "NJS-115" });
    expect(inspect(translateError(value, "query"), { depth: 9 })).not.toContain("IBAN");
  });

  test("a block that does not compile is judged by its reason", () => {
    const missing = "ORA-06550: line 7, column 12:\nPL/SQL: ORA-00942: table or view does not exist";
    expect(translateError(serverError(missing))).toMatchObject({ code: "database.schema" });
    const undeclared = "ORA-06550: line 1, column 7:\nPLS-00201: identifier 'SYNCLINE_RECORD_CHANGE' must be declared";
    expect(translateError(serverError(undeclared))).toMatchObject({ code: "database.schema" });
    const wrong = "ORA-06550: line 1, column 7:\nPLS-00103: Encountered the symbol";
    expect(translateError(serverError(wrong))).toMatchObject({ code: "database.failed" });
  });

  test("the server's own recursive SQL is judged by its reason", () => {
    const recursive = "ORA-00604: error occurred at recursive SQL level 1\nORA-01653: unable to extend table";
    expect(translateError(serverError(recursive), "query")).toMatchObject({ code: "database.unavailable" });
  });

  test("what the driver says and nobody knows is no strategy's fault", () => {
    const unknown = Object.assign(new Error("NJS-999: of tomorrow"), { code: "NJS-999" });
    expect(translateError(unknown, "query")).toMatchObject({ code: "database.failed" });
  });

  test("without tables, it says what to do", () => {
    const error = translateError(serverError("ORA-00942: table or view does not exist"));
    expect(error.message).toMatch(/^Oracle: ORA-00942: .* Run migrate\(\)\.$/);
    expect(error.retryable).toBe(false);
  });

  test("links to help are left out", () => {
    const error = serverError("ORA-01722: invalid number\nHelp: https://docs.oracle.com/error-help/db/ora-01722/");
    expect(translateError(error).message).toBe("Oracle: ORA-01722: invalid number");
  });
});

describe("what the driver says", () => {
  async function connectError(connectString: string): Promise<unknown> {
    const options = { user: "x", password: "y", connectString, connectTimeout: 5, transportConnectTimeout: 5 };
    return oracledb.getConnection(options).then(
      () => expect.unreachable("it connected"),
      (error: unknown) => error,
    );
  }

  test("nobody listens: unavailable, to be tried again", async () => {
    const error = await connectError("127.0.0.1:1/none");
    expect(nativeCodeOf(error)).toMatch(/^NJS-/);
    expect(translateError(error)).toMatchObject({ code: "database.unavailable", retryable: true });
  });

  test("a listener that hangs up at once: unavailable", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { readonly port: number };
    const error = await connectError(`127.0.0.1:${port}/none`);
    server.close();
    expect(translateError(error)).toMatchObject({ code: "database.unavailable" });
  });

  test("an address that is none: unavailable, naming the option", async () => {
    const error = translateError(await connectError("(DESCRIPTION=((("));
    expect(error).toMatchObject({ code: "database.unavailable" });
    expect(error.message).toContain("connectString");
  });
});

test("an error that is one of ours stays as it is", () => {
  const error = new SynclineError("query.timeout", "x");
  expect(translateError(error)).toBe(error);
});

test.each([["a text"], [null], [{}], [new TypeError("a bug")]])("%j is a failure like any other", (thrown) => {
  expect(translateError(thrown)).toMatchObject({ code: "database.failed" });
});

test.each([
  ["ORA-03113: end-of-file on communication channel", true],
  ["ORA-01013: user requested cancel of current operation", true],
  ["ORA-00942: table or view does not exist", false],
  ["ORA-00060: deadlock detected while waiting for resource", false],
])("after %s, the connection is given up: %s", (message, expected) => {
  expect(breaksConnection(serverError(message))).toBe(expected);
});

test("what nobody knows leaves a connection in doubt", () => {
  expect(breaksConnection(new TypeError("a bug"))).toBe(true);
});

test.each(["ORA-01017: x", "ORA-01045: x", "ORA-28000: x", "ORA-28001: x", "ORA-01035: x", "ORA-29024: x"])(
  "%s is for a person to mend",
  (message) => {
    const error = translateError(serverError(message));
    expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: true });
    expect(error.message).toContain("Somebody has to mend this.");
  },
);

test.each(["ORA-01033: x", "ORA-01034: x", "ORA-01219: x", "ORA-12514: x", "ORA-12520: x", "ORA-00018: x"])(
  "%s passes by itself",
  (message) => {
    const error = translateError(serverError(message));
    expect(error).toMatchObject({ code: "database.unavailable", retryable: true, needsPerson: false });
  },
);
