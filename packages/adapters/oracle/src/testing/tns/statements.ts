import { type BindName, readStatementText, type StatementText } from "./bind-names.ts";
import { type ByteReader, whole } from "./bytes.ts";
import type { TnsBind, TnsCall, TnsColumn, TnsReply, TnsRow, TnsValue } from "./call.ts";
import type { Lobs } from "./lobs.ts";
import { isLob, isLong, type OracleType, oracleType } from "./oracle-types.ts";
import { bindDirections, describeColumns, endOfCall, noMoreRows, row, rowCountsOf, rowHeader } from "./replies.ts";
import { type ExecuteRequest, inOrderOfValues, messageType, type WireBind } from "./requests.ts";
import { readValue, writeValue } from "./values.ts";

type Bind = WireBind & BindName;
type Rows = NonNullable<TnsReply["rows"]>;

interface Cursor {
  readonly id: number;
  readonly sql: string;
  readonly text: StatementText;
  binds: readonly Bind[];
  /** Binds that the client no longer sends, since they only come back. */
  out: ReadonlySet<string>;
  columns: readonly TnsColumn[];
  defines: readonly OracleType[] | undefined;
  rows: Rows;
  fetched: number;
}

/** What a statement asks of the handler. */
export type StatementCall = Pick<
  TnsCall,
  "sql" | "isQuery" | "isPlsql" | "binds" | "rows" | "commit" | "batchErrors"
> & { readonly kind: "execute" | "describe" };

/** A session's statements. */
export class Statements {
  readonly #cursors = new Map<number, Cursor>();
  readonly #lobs: Lobs;
  #last = 0;

  constructor(lobs: Lobs) {
    this.#lobs = lobs;
  }

  get open(): number {
    return this.#cursors.size;
  }

  close(id: number): void {
    this.#cursors.delete(id);
  }

  /** Reads the values; `call` is `undefined` where there is nothing to ask. */
  begin(request: ExecuteRequest, reader: ByteReader): { readonly cursor: Cursor; readonly call?: StatementCall } {
    const cursor = this.#cursorFor(request);
    if (request.kind === "define") cursor.defines = request.defines;
    if (request.kind === "define" || request.kind === "fetch") return { cursor };
    const isPlsql = cursor.text.kind === "block";
    const rows: TnsRow[] = [];
    while (!reader.done) rows.push(this.#readRow(reader, cursor, isPlsql));
    return {
      cursor,
      call: {
        kind: request.kind,
        sql: cursor.sql,
        isQuery: cursor.text.kind === "query",
        isPlsql,
        binds: cursor.binds.map(bindOf),
        rows,
        commit: request.commit,
        batchErrors: request.batchErrors,
      },
    };
  }

  /** The answer to a statement that went well. */
  answer(cursor: Cursor, request: ExecuteRequest, reply: TnsReply, inTransaction: boolean): Buffer {
    if (cursor.text.kind === "query") return this.#answerQuery(cursor, request, reply, inTransaction);
    const { rowCount = 0, invalid = false, batchErrors = [] } = reply;
    const parts: Buffer[] = [];
    if (request.kind === "execute" && cursor.text.kind === "block") parts.push(this.#outBinds(cursor, reply.out ?? {}));
    if (reply.returning !== undefined) parts.push(this.#returning(cursor, reply.returning));
    if (request.wantsRowCounts) parts.push(rowCountsOf(reply.rowCounts ?? []));
    return Buffer.concat([...parts, endOfCall({ inTransaction, cursor: cursor.id, rowCount, invalid, batchErrors })]);
  }

  fetch(id: number, most: number, inTransaction: boolean): Buffer {
    return this.#fetch(this.#known(id), most, inTransaction);
  }

  #answerQuery(cursor: Cursor, request: ExecuteRequest, reply: TnsReply, inTransaction: boolean): Buffer {
    const { columns } = reply;
    if (columns === undefined) throw new Error(`A query needs columns for an answer: ${cursor.sql}`);
    const describes = request.kind === "describe" || JSON.stringify(columns) !== JSON.stringify(cursor.columns);
    cursor.columns = columns;
    cursor.rows = request.kind === "execute" ? (reply.rows ?? []) : [];
    cursor.fetched = 0;
    // With large objects among them, columns must first be said to be wanted as such, or as texts.
    const mayFetch = cursor.defines !== undefined || !columns.some(({ type }) => isLob(oracleType(type)));
    const rest =
      request.fetch > 0 && mayFetch && request.kind === "execute"
        ? this.#fetch(cursor, request.fetch, inTransaction)
        : endOfCall({ inTransaction, cursor: cursor.id });
    return describes ? Buffer.concat([describeColumns(columns), rest]) : rest;
  }

  #fetch(cursor: Cursor, most: number, inTransaction: boolean): Buffer {
    const types = cursor.defines ?? cursor.columns.map(({ type }) => oracleType(type));
    const taken = cursor.rows.slice(0, most);
    cursor.rows = cursor.rows.slice(most);
    cursor.fetched += taken.length;
    const rows = taken.map((values) => row(types.map((type, index) => this.#column(values[index] ?? null, type))));
    const end = { inTransaction, cursor: cursor.id, rowCount: cursor.fetched };
    return Buffer.concat([
      ...(rows.length > 0 ? [rowHeader(), ...rows] : []),
      // As on a real server: that rows were all there are is found out by asking for one more.
      endOfCall(taken.length < most ? { ...end, error: noMoreRows } : end),
    ]);
  }

  #column(value: TnsValue | bigint, type: OracleType): Buffer {
    const written = writeValue(value, type, this.#lobs);
    return isLong(type) ? Buffer.concat([written, whole(0), whole(0)]) : written;
  }

  #outBinds(cursor: Cursor, out: NonNullable<TnsReply["out"]>): Buffer {
    const names = new Set(Object.keys(out));
    cursor.out = names;
    const returned = cursor.binds.filter(({ name }) => names.has(name));
    if (returned.length < names.size) throw new Error(`The block has not all of the binds ${[...names].join(", ")}.`);
    const values = returned.map(({ name, type, elements }) => this.#outBind(out[name] ?? null, type, elements));
    const directions = bindDirections(cursor.binds.map(({ name }) => names.has(name)));
    if (cursor.binds.length === 0) return Buffer.alloc(0);
    return returned.length === 0 ? directions : Buffer.concat([directions, row(values)]);
  }

  #outBind(value: TnsValue | bigint | readonly (TnsValue | bigint)[], type: OracleType, elements: number): Buffer {
    const fits = (each: TnsValue | bigint) => {
      const written = writeValue(each, type, this.#lobs);
      const bytes = type.form === 0 ? 0 : Buffer.byteLength(String(each ?? ""));
      if (bytes > type.size) throw new Error(`A value of ${bytes} bytes does not fit into a bind of ${type.size}.`);
      return Buffer.concat([written, whole(0)]);
    };
    if (!isArray(value)) return fits(value);
    if (value.length > elements) throw new Error(`${value.length} values do not fit into an array of ${elements}.`);
    return Buffer.concat([whole(value.length), ...value.map(fits)]);
  }

  #returning(cursor: Cursor, executions: NonNullable<TnsReply["returning"]>): Buffer {
    const binds = cursor.binds.filter(({ returned }) => returned);
    return Buffer.concat(
      executions.map((columns) =>
        row(
          binds.map(({ type }, index) => {
            const values = columns[index] ?? [];
            const written = values.map((value) => Buffer.concat([writeValue(value, type, this.#lobs), whole(0)]));
            return Buffer.concat([whole(values.length), ...written]);
          }),
        ),
      ),
    );
  }

  #readRow(reader: ByteReader, cursor: Cursor, isPlsql: boolean): TnsRow {
    if (reader.uint8() !== messageType.row) throw new Error("A row of binds was expected.");
    const sent = cursor.binds.filter(({ returned, name }) => !returned && !cursor.out.has(name));
    const values: { [name: string]: TnsValue | readonly TnsValue[] } = {};
    for (const { name, type, elements } of inOrderOfValues(sent, isPlsql)) {
      const read = () => readValue(reader, type, this.#lobs);
      values[name] = elements === 0 ? read() : Array.from({ length: reader.whole() }, read);
    }
    return values;
  }

  #cursorFor({ cursor: id, sql, binds }: ExecuteRequest): Cursor {
    const cursor = sql === undefined ? this.#known(id) : this.#parse(sql);
    if (binds !== undefined && binds.length > 0) {
      const { binds: names } = cursor.text;
      if (names.length !== binds.length)
        throw new Error(`${binds.length} binds were sent for the ${names.length} of: ${cursor.sql}`);
      cursor.binds = binds.map((bind, index) => ({ ...bind, ...(names[index] ?? { name: "", returned: false }) }));
      cursor.out = new Set();
    }
    return cursor;
  }

  #parse(sql: string): Cursor {
    this.#last += 1;
    const cursor = {
      id: this.#last,
      sql,
      text: readStatementText(sql),
      binds: [],
      out: new Set<string>(),
      columns: [],
      defines: undefined,
      rows: [],
      fetched: 0,
    };
    this.#cursors.set(cursor.id, cursor);
    return cursor;
  }

  #known(id: number): Cursor {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) throw new Error(`There is no cursor ${id}.`);
    return cursor;
  }
}

function bindOf({ name, type, elements }: Bind): TnsBind {
  return { name, type: type.name, size: type.size, elements };
}

function isArray(value: unknown): value is readonly (TnsValue | bigint)[] {
  return Array.isArray(value);
}
