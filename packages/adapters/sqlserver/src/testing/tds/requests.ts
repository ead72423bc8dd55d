import { ByteReader } from "./bytes.ts";
import type { TdsCall, TdsParameter } from "./call.ts";
import { type Message, messageType } from "./packets.ts";
import { readTypedValue } from "./read-values.ts";

/** A request as it was on the wire, without what the connection knows. */
export type Request = Pick<TdsCall, "kind" | "sql" | "parameters" | "isolation"> & {
  /** Eight bytes: which transaction the client thinks it is in, zero for none. */
  readonly transaction: Buffer;
};

export function readRequest({ type, data }: Message): Request {
  const reader = new ByteReader(data);
  const transaction = readHeaders(reader);
  const none = { sql: "", parameters: [], isolation: undefined, transaction };
  if (type === messageType.batch) return { ...none, kind: "batch", sql: reader.rest().toString("utf16le") };
  if (type === messageType.transaction) return { ...none, ...readTransactionRequest(reader) };
  if (type === messageType.rpc) return { ...none, ...readProcedureCall(reader) };
  throw new TypeError(`The double does not know messages of type 0x${type.toString(16)}`);
}

/** The one header that every driver sends: the transaction's descriptor. */
function readHeaders(reader: ByteReader): Buffer {
  const length = reader.uint32();
  const headers = new ByteReader(reader.take(length - 4));
  headers.take(4 + 2);
  return headers.take(8);
}

const isolationLevels = [
  "unchanged",
  "read uncommitted",
  "read committed",
  "repeatable read",
  "serializable",
  "snapshot",
] as const;

function readTransactionRequest(reader: ByteReader): Pick<Request, "kind" | "isolation"> {
  const operation = reader.uint16();
  if (operation === 5) return { kind: "begin", isolation: isolationLevels[reader.uint8()] };
  if (operation === 7) return { kind: "commit", isolation: undefined };
  if (operation === 8) return { kind: "rollback", isolation: undefined };
  throw new TypeError(`The double does not know the transaction request ${operation}`);
}

const executeSql = 10;

function readProcedureCall(reader: ByteReader): Pick<Request, "kind" | "sql" | "parameters"> {
  const nameLength = reader.uint16();
  if (nameLength !== 0xffff) {
    const name = reader.take(nameLength * 2).toString("utf16le");
    throw new TypeError(`The double knows no procedure but sp_executesql, and was called for ${name}`);
  }
  const procedure = reader.uint16();
  if (procedure !== executeSql) throw new TypeError(`The double does not know procedure ${procedure}`);
  reader.uint16();
  const parameters: TdsParameter[] = [];
  while (!reader.done) parameters.push(readParameter(reader));
  const [statement, declarations, ...given] = parameters;
  const declared = declarations === undefined ? "" : String(declarations.value);
  const sent = given.map(({ name, type }) => `@${name} ${type}`).join(", ");
  if (declared.toLowerCase() !== sent.toLowerCase()) throw new TypeError(`Declared (${declared}), but sent (${sent})`);
  return { kind: "query", sql: String(statement?.value), parameters: given };
}

function readParameter(reader: ByteReader): TdsParameter {
  const name = reader.shortText().replace(/^@/, "");
  reader.uint8();
  return { name, ...readTypedValue(reader) };
}
