import { uint8, uint16, uint32 } from "./bytes.ts";

export const packetType = { connect: 1, accept: 2, refuse: 4, data: 6, marker: 12 } as const;

export interface Packet {
  readonly type: number;
  /** Behind the header of eight bytes. */
  readonly body: Buffer;
}

const headerBytes = 8;
/** The most bytes of a data packet: small enough that long messages do take several. */
const packetBytes = 8_192;
const largestTransport = 0xffff;
/** 3.17 has lengths of four bytes, and not yet the flags that let a client log in with one round trip (3.19). */
const version = 317;
/** Two ways to say that there is no encryption or checksum to agree on. */
const noSecurityServices = { first: 0x04, second: 0x08 };

const dataFlag = { endOfRequest: 0x0800 };

/** Cuts what a socket brings into packets. Lengths have two bytes until the connection is accepted, then four. */
export class PacketReader {
  #rest = Buffer.alloc(0);
  #accepted = false;

  accepted(): void {
    this.#accepted = true;
  }

  push(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  next(): Packet | undefined {
    if (this.#rest.length < headerBytes) return undefined;
    const length = this.#accepted ? this.#rest.readUInt32BE(0) : this.#rest.readUInt16BE(0);
    if (this.#rest.length < length) return undefined;
    const packet = { type: this.#rest.readUInt8(4), body: this.#rest.subarray(headerBytes, length) };
    this.#rest = this.#rest.subarray(length);
    return packet;
  }
}

/** A data packet's share of a message. */
export function dataOf({ body }: Packet): { readonly bytes: Buffer; readonly ends: boolean } {
  const flags = body.readUInt16BE(0);
  return { bytes: body.subarray(2), ends: (flags & dataFlag.endOfRequest) !== 0 };
}

/** Data packets that hold a message. */
export function dataPackets(message: Buffer): Buffer {
  const packets: Buffer[] = [];
  const room = packetBytes - headerBytes - 2;
  for (let offset = 0; offset < message.length; offset += room) {
    const bytes = message.subarray(offset, offset + room);
    packets.push(largePacket(packetType.data, Buffer.concat([uint16(0), bytes])));
  }
  return Buffer.concat(packets);
}

/** The session's parameters, as much of them as the driver reads. */
export function acceptPacket(): Buffer {
  const body = Buffer.alloc(37);
  body.writeUInt16BE(version, 0);
  body.writeUInt16BE(packetBytes, 4);
  body.writeUInt16BE(largestTransport, 6);
  body.writeUInt8(noSecurityServices.first, 14);
  body.writeUInt8(noSecurityServices.second, 15);
  body.writeUInt32BE(packetBytes, 24);
  body.writeUInt32BE(largestTransport, 28);
  return smallPacket(packetType.accept, body);
}

/** The listener's refusal, with the number of an ORA- or TNS- error. */
export function refusePacket(error: number): Buffer {
  const reason = Buffer.from(`(DESCRIPTION=(ERR=${error})(VSNNUM=0)(ERROR_STACK=(ERROR=(CODE=${error})(EMFI=4))))`);
  return smallPacket(packetType.refuse, Buffer.concat([uint8(0, 0), uint16(reason.length), reason]));
}

/** Where a connect packet's text begins, after the header. */
const connectTextAt = 66;

/** The service that a client asks for; `undefined` if its text comes in a packet of its own. */
export function serviceOf(bytes: Buffer): string | undefined {
  return /SERVICE_NAME=([^)]*)\)/i.exec(bytes.toString("latin1"))?.[1];
}

export function connectText({ body }: Packet): Buffer {
  return body.subarray(connectTextAt);
}

/** `interrupt` comes from the client, `breaking` goes back, and `reset` goes both ways. */
export const marker = { breaking: 1, reset: 2, interrupt: 3 } as const;

export function markerOf({ body }: Packet): number {
  return body.readUInt8(2);
}

export function markerPacket(kind: number): Buffer {
  return largePacket(packetType.marker, uint8(1, 0, kind));
}

function largePacket(type: number, body: Buffer): Buffer {
  return Buffer.concat([uint32(headerBytes + body.length), uint8(type, 0, 0, 0), body]);
}

function smallPacket(type: number, body: Buffer): Buffer {
  return Buffer.concat([uint16(headerBytes + body.length), uint8(0, 0, type, 0, 0, 0), body]);
}
