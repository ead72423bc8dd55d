import { sized, text, uint8, whole, wholes } from "./bytes.ts";
import type { TnsColumn, TnsError, TnsReply } from "./call.ts";
import { oracleType } from "./oracle-types.ts";

const messageType = { end: 4, rowHeader: 6, row: 7, parameter: 8, status: 9, bindDirections: 11, describe: 16 };
const direction = { in: 32, out: 16 };
const characterSet = 873;
const stillInTransaction = 0x2;
const createdWithErrors = 0x20;

/** The number with which the server says that there are no more rows. */
export const noMoreRows: TnsError = { number: 1403, message: "no data found" };
const errorsInBatch: TnsError = { number: 24381, message: "error(s) in array DML" };

export interface EndOfCall {
  readonly inTransaction: boolean;
  readonly cursor?: number;
  readonly rowCount?: number;
  readonly error?: TnsError | undefined;
  readonly invalid?: boolean;
  readonly batchErrors?: TnsReply["batchErrors"];
}

/** The end of a call to which there is no more to say. */
export function status(inTransaction: boolean): Buffer {
  return Buffer.concat([uint8(messageType.status), wholes(inTransaction ? stillInTransaction : 0, 0)]);
}

/** How a call has ended, well or not. */
export function endOfCall(end: EndOfCall): Buffer {
  const { cursor = 0, rowCount = 0, batchErrors = [] } = end;
  const error = batchErrors.length > 0 ? errorsInBatch : end.error;
  return Buffer.concat([
    uint8(messageType.end),
    wholes(end.inTransaction ? stillInTransaction : 0, 0, 0, 0, 0, 0, cursor, error?.offset ?? 0),
    uint8(0, 0, 0, 0, 0, end.invalid === true ? createdWithErrors : 0),
    noRowId,
    whole(0),
    uint8(0, 0),
    wholes(0, 0, 0),
    batchPart(batchErrors),
    wholes(error?.number ?? 0, rowCount),
    error === undefined ? Buffer.alloc(0) : sized(Buffer.from(`${errorText(error)}\n`)),
  ]);
}

const noRowId = Buffer.concat([wholes(0, 0), uint8(0), wholes(0, 0)]);

export function errorText({ number, message }: TnsError): string {
  return `ORA-${String(number).padStart(5, "0")}: ${message}`;
}

function batchPart(errors: NonNullable<TnsReply["batchErrors"]>): Buffer {
  const count = errors.length;
  if (count === 0) return wholes(0, 0, 0);
  return Buffer.concat([
    whole(count),
    uint8(0),
    wholes(...errors.map(({ number }) => number)),
    whole(count),
    uint8(0),
    wholes(...errors.map(({ row }) => row)),
    whole(count),
    uint8(0),
    ...errors.map((error) => Buffer.concat([whole(0), sized(Buffer.from(errorText(error))), uint8(0, 0)])),
  ]);
}

export function describeColumns(columns: readonly TnsColumn[]): Buffer {
  return Buffer.concat([
    uint8(messageType.describe, 0),
    wholes(0, columns.length),
    uint8(...(columns.length > 0 ? [0] : [])),
    ...columns.map(describeColumn),
    wholes(0, 0, 0, 0, 0, 0),
  ]);
}

function describeColumn({ name, type }: TnsColumn, index: number): Buffer {
  const { number, form, size, precision, scale } = oracleType(type);
  const signed = Buffer.alloc(2);
  signed.writeInt8(precision);
  signed.writeInt8(scale, 1);
  return Buffer.concat([
    uint8(number, 0),
    signed,
    wholes(size, 0, 0, 0, 0, form === 0 ? 0 : characterSet),
    uint8(form),
    wholes(size, 0),
    uint8(1, 0),
    text(name),
    wholes(0, 0, index + 1, 0),
  ]);
}

export function rowHeader(): Buffer {
  return Buffer.concat([uint8(messageType.rowHeader, 0), wholes(0, 0, 0, 0, 0, 0)]);
}

export function row(values: readonly Buffer[]): Buffer {
  return Buffer.concat([uint8(messageType.row), ...values]);
}

/** Which binds of a block come back. */
export function bindDirections(returned: readonly boolean[]): Buffer {
  const count = returned.length;
  return Buffer.concat([
    uint8(messageType.bindDirections, 0),
    wholes(count % 256, Math.trunc(count / 256), 0, 0, 0, 0),
    uint8(...returned.map((isOut) => (isOut ? direction.out : direction.in))),
  ]);
}

/** How many rows each execution has written. */
export function rowCountsOf(counts: readonly number[]): Buffer {
  return Buffer.concat([uint8(messageType.parameter), wholes(0, 0, 0, 0, counts.length, ...counts)]);
}

/** A message that begins with what it is an answer to. */
export function parameter(bytes: Buffer): Buffer {
  return Buffer.concat([uint8(messageType.parameter), bytes]);
}
