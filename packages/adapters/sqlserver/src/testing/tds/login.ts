import type { TdsError } from "./call.ts";
import { collation, collationIs, databaseIs, done, errorMessage, loginAccepted, packetSizeIs } from "./tokens.ts";

/** Of every packet after the login. Small, so that what a test sends takes several. */
export const packetBytes = 4096;

/** What a client said of itself. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly application: string;
}

const notSupported = 0x02;

/** The answer to a PRELOGIN: our version, no encryption, one request at a time. */
export function preloginAnswer(): Buffer {
  const options: readonly (readonly [token: number, data: Buffer])[] = [
    [0x00, Buffer.of(16, 0, 0x10, 0x00, 0, 0)],
    [0x01, Buffer.of(notSupported)],
    [0x04, Buffer.of(0)],
  ];
  let offset = options.length * 5 + 1;
  const headers = options.map(([token, data]) => {
    const header = Buffer.alloc(5);
    header.writeUInt8(token, 0);
    header.writeUInt16BE(offset, 1);
    header.writeUInt16BE(data.length, 3);
    offset += data.length;
    return header;
  });
  return Buffer.concat([...headers, Buffer.of(0xff), ...options.map(([, data]) => data)]);
}

/** Where a LOGIN7 keeps the offset and the length, in characters, of what it says. */
const field = { user: 40, password: 44, application: 48, database: 68 } as const;

export function readLogin(message: Buffer): Login {
  const bytesOf = (at: number) => {
    const offset = message.readUInt16LE(at);
    return message.subarray(offset, offset + message.readUInt16LE(at + 2) * 2);
  };
  const textOf = (at: number) => bytesOf(at).toString("utf16le");
  return {
    user: textOf(field.user),
    password: unscrambled(bytesOf(field.password)).toString("utf16le"),
    application: textOf(field.application),
    database: textOf(field.database),
  };
}

/** A password is not encrypted, only turned over: half-bytes swapped, every other bit flipped. */
function unscrambled(bytes: Buffer): Buffer {
  return Buffer.from(
    bytes.map((byte) => {
      const turned = byte ^ 0xa5;
      return ((turned & 0x0f) << 4) | (turned >> 4);
    }),
  );
}

export function welcome({ database }: Login): Buffer {
  const named = databaseIs(database === "" ? "master" : database);
  return Buffer.concat([named, collationIs(collation), loginAccepted(), packetSizeIs(packetBytes), done("statement")]);
}

export function rejection(error: TdsError): Buffer {
  return Buffer.concat([errorMessage(error), done("statement", { failed: true })]);
}
