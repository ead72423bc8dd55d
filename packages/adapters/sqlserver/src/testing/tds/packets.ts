/** What a message is, by the first byte of its packets. */
export const messageType = {
  batch: 0x01,
  rpc: 0x03,
  answer: 0x04,
  attention: 0x06,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const;

export interface Message {
  readonly type: number;
  /** The client took it back before it was sent in full: to be thrown away, and answered as such. */
  readonly ignored: boolean;
  readonly data: Buffer;
}

const headerBytes = 8;
const endOfMessage = 0x01;
const ignoreMessage = 0x02;

/** Puts the chunks of a socket together to packets, and these to messages. */
export function messageReader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  const onPacket = (packet: Buffer) => {
    const status = packet.readUInt8(1);
    parts.push(packet.subarray(headerBytes));
    if ((status & endOfMessage) === 0) return;
    const data = Buffer.concat(parts);
    parts = [];
    onMessage({ type: packet.readUInt8(0), ignored: (status & ignoreMessage) !== 0, data });
  };
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= headerBytes && pending.length >= pending.readUInt16BE(2)) {
      const packet = pending.subarray(0, pending.readUInt16BE(2));
      pending = pending.subarray(packet.length);
      onPacket(packet);
    }
  };
}

/** An answer as packets of at most `size` bytes. */
export function packetsOf(data: Buffer, size: number): Buffer {
  const room = size - headerBytes;
  const count = Math.max(1, Math.ceil(data.length / room));
  const packets = Array.from({ length: count }, (_, index) => {
    const payload = data.subarray(index * room, (index + 1) * room);
    const header = Buffer.alloc(headerBytes);
    header.writeUInt8(messageType.answer, 0);
    header.writeUInt8(index === count - 1 ? endOfMessage : 0, 1);
    header.writeUInt16BE(headerBytes + payload.length, 2);
    header.writeUInt8((index + 1) % 256, 6);
    return Buffer.concat([header, payload]);
  });
  return Buffer.concat(packets);
}
