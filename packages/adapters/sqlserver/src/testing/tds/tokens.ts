import { int32, longText, shortText, uint8, uint16, uint32, uint64 } from "./bytes.ts";
import type { TdsError } from "./call.ts";

const doneToken = { statement: 0xfd, procedure: 0xfe, inProcedure: 0xff } as const;

/** Which of the three tokens ends a statement: a batch's, a procedure call's, or one inside a procedure. */
export type DoneKind = keyof typeof doneToken;

export interface Done {
  readonly more?: boolean;
  readonly failed?: boolean;
  readonly cancelled?: boolean;
  readonly rowCount?: number;
}

export function done(kind: DoneKind, { more, failed, cancelled, rowCount }: Done = {}): Buffer {
  const status = (more ? 0x01 : 0) | (failed ? 0x02 : 0) | (rowCount === undefined ? 0 : 0x10) | (cancelled ? 0x20 : 0);
  return Buffer.concat([uint8(doneToken[kind]), uint16(status), uint16(0), uint64(BigInt(rowCount ?? 0))]);
}

export function returnStatus(value: number): Buffer {
  return Buffer.concat([uint8(0x79), int32(value)]);
}

export function errorMessage({ number, message, severity, state, procedure, line }: TdsError): Buffer {
  const body = Buffer.concat([
    int32(number),
    uint8(state ?? 1),
    uint8(severity ?? 16),
    longText(message),
    shortText("double"),
    shortText(procedure ?? ""),
    uint32(line ?? 1),
  ]);
  return Buffer.concat([uint8(0xaa), uint16(body.length), body]);
}

/** SQL_Latin1_General_CP1_CI_AS: the driver encodes `varchar` by the code page that belongs to it. */
export const collation = Buffer.of(0x09, 0x04, 0xd0, 0x00, 0x34);

const change = { database: 1, packetSize: 4, collation: 7, begun: 8, committed: 9, rolledBack: 10 } as const;

export function databaseIs(name: string): Buffer {
  return environmentChange(change.database, shortText(name), shortText("master"));
}

export function packetSizeIs(bytes: number): Buffer {
  return environmentChange(change.packetSize, shortText(String(bytes)), shortText("4096"));
}

export function collationIs(bytes: Buffer): Buffer {
  return environmentChange(change.collation, shortBytes(bytes), uint8(0));
}

/** A transaction that is begun or ended, by its descriptor of eight bytes. */
export function transactionIs(event: "begun" | "committed" | "rolledBack", descriptor: Buffer): Buffer {
  const given = shortBytes(descriptor);
  return event === "begun"
    ? environmentChange(change.begun, given, uint8(0))
    : environmentChange(change[event], uint8(0), given);
}

function environmentChange(type: number, now: Buffer, before: Buffer): Buffer {
  return Buffer.concat([uint8(0xe3), uint16(1 + now.length + before.length), uint8(type), now, before]);
}

function shortBytes(bytes: Buffer): Buffer {
  return Buffer.concat([uint8(bytes.length), bytes]);
}

/** TDS 7.4, which SQL Server speaks since 2012; the version of the program is that of SQL Server 2022. */
export function loginAccepted(): Buffer {
  const version = Buffer.of(0x74, 0x00, 0x00, 0x04);
  const body = Buffer.concat([uint8(1), version, shortText("Double of SQL Server"), Buffer.of(16, 0, 0x10, 0x00)]);
  return Buffer.concat([uint8(0xad), uint16(body.length), body]);
}
