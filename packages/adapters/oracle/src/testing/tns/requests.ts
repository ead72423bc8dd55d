import type { ByteReader } from "./bytes.ts";
import { type OracleType, wireType } from "./oracle-types.ts";

export const messageType = { protocol: 1, dataTypes: 2, call: 3, row: 7, ahead: 17, oneWay: 26 } as const;

export const functionCode = {
  reexecute: 4,
  fetch: 5,
  logOff: 9,
  commit: 14,
  rollback: 15,
  reexecuteAndFetch: 78,
  execute: 94,
  lobOperation: 96,
  closeCursors: 105,
  proof: 115,
  challenge: 118,
  cancelCursors: 120,
  setEndToEnd: 135,
  ping: 147,
  setSchema: 152,
} as const;

const option = {
  define: 0x10,
  execute: 0x20,
  fetch: 0x40,
  commit: 0x100,
  describe: 0x20000,
  batchErrors: 0x80000,
};
const executeFlag = { rowCounts: 0x4000 };
const reexecuteFlag = { commit: 0x1 };
const largestText = 4_000;

export interface WireBind {
  readonly type: OracleType;
  readonly elements: number;
}

/** A statement to run; its rows of values are still to be read. */
export interface ExecuteRequest {
  /** 0: one that is new. */
  readonly cursor: number;
  /** `undefined`: the cursor's own. */
  readonly sql: string | undefined;
  readonly kind: "execute" | "describe" | "define" | "fetch";
  readonly commit: boolean;
  readonly batchErrors: boolean;
  readonly wantsRowCounts: boolean;
  /** How many rows the answer may bring along. */
  readonly fetch: number;
  /** `undefined`: as they were. */
  readonly binds: readonly WireBind[] | undefined;
  /** What the client wants columns to be. */
  readonly defines: readonly OracleType[] | undefined;
}

export function readExecute(reader: ByteReader): ExecuteRequest {
  const options = reader.whole();
  const cursor = reader.whole();
  reader.skip(1);
  const sqlBytes = reader.whole();
  reader.skip(1);
  reader.skipWholes(1);
  reader.skip(3);
  const fetch = reader.whole();
  reader.skipWholes(1);
  reader.skip(1);
  const bindCount = reader.whole();
  reader.skip(5 + 1);
  const defineCount = reader.whole();
  skipUnused(reader);
  const sql = sqlBytes > 0 ? (reader.sized()?.toString() ?? "") : undefined;
  reader.skipWholes(9);
  const flags = reader.whole();
  reader.skipWholes(3);
  const types = readColumns(reader, bindCount + defineCount);
  const defines = (options & option.define) !== 0;
  return {
    cursor,
    sql,
    kind: defines ? "define" : kindOf(options, sql),
    commit: (options & option.commit) !== 0,
    batchErrors: (options & option.batchErrors) !== 0,
    wantsRowCounts: (flags & executeFlag.rowCounts) !== 0,
    fetch: (options & option.fetch) === 0 ? 0 : fetch,
    binds: defines ? undefined : types,
    defines: defines ? types.map(({ type }) => type) : undefined,
  };
}

function kindOf(options: number, sql: string | undefined): ExecuteRequest["kind"] {
  if ((options & option.execute) !== 0) return "execute";
  return (options & option.describe) !== 0 || sql !== undefined ? "describe" : "fetch";
}

/** Registrations, object names, signatures: the driver sends them empty. */
function skipUnused(reader: ByteReader): void {
  reader.skipWholes(1);
  reader.skip(3);
  reader.skipWholes(1);
  reader.skip(1);
  reader.skipWholes(2);
  reader.skip(1);
  reader.skipWholes(1);
  reader.skip(1);
  for (let field = 0; field < 2; field++) {
    reader.skip(1);
    reader.skipWholes(1);
  }
  reader.skip(2);
  reader.skipWholes(1);
}

function readColumns(reader: ByteReader, count: number): readonly WireBind[] {
  return Array.from({ length: count }, () => {
    const number = reader.uint8();
    reader.skip(3);
    const size = reader.whole();
    const elements = reader.whole();
    reader.skipWholes(1);
    if (reader.whole() > 0) reader.sized();
    reader.skipWholes(2);
    const form = reader.uint8();
    reader.skipWholes(2);
    return { type: wireType(number, form, size), elements };
  });
}

/** What has run before, with other values. */
export function readReexecute(reader: ByteReader, code: number): ExecuteRequest {
  const cursor = reader.whole();
  const count = reader.whole();
  reader.skipWholes(1);
  const flags = reader.whole();
  return {
    cursor,
    sql: undefined,
    kind: "execute",
    commit: (flags & reexecuteFlag.commit) !== 0,
    batchErrors: false,
    wantsRowCounts: false,
    fetch: code === functionCode.reexecuteAndFetch ? count : 0,
    binds: undefined,
    defines: undefined,
  };
}

/** Values that are LONG by their length come last, except in PL/SQL. */
export function inOrderOfValues<Bind extends WireBind>(binds: readonly Bind[], isPlsql: boolean): readonly Bind[] {
  if (isPlsql) return binds;
  const isLong = ({ type }: Bind) => type.size > largestText;
  return [...binds.filter((bind) => !isLong(bind)), ...binds.filter(isLong)];
}

/** Module, action and the like, which a driver sends ahead of the next call. */
export function skipEndToEnd(reader: ByteReader): void {
  reader.skip(2);
  reader.skipWholes(1);
  const lengthAfterPointer = () => {
    reader.skip(1);
    return reader.whole();
  };
  const lengths = [lengthAfterPointer(), lengthAfterPointer(), lengthAfterPointer(), lengthAfterPointer()];
  lengthAfterPointer();
  lengths.push(lengthAfterPointer());
  lengthAfterPointer();
  lengthAfterPointer();
  lengths.push(lengthAfterPointer());
  for (const length of lengths) if (length > 0) reader.sized();
}
