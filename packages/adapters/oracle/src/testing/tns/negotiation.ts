import { type ByteReader, sized, uint8, uint16, uint16LittleEndian } from "./bytes.ts";

/** AL32UTF8, and AL16UTF16 for what is declared with an N. */
const characterSet = { own: 873, national: 2000 };

const capability = { compiledBytes: 53, fieldVersion: 7, runtimeBytes: 7, timeZone: 1 };
/** What 19c says: no numbers for pipelined calls, and none of the fields of 20c and 23ai. */
const fieldVersion = 12;

/** Answers "which protocol". MAX_STRING_SIZE is what it is by default: 4,000 bytes. */
export function protocolAnswer(): Buffer {
  const compiled = Buffer.alloc(capability.compiledBytes);
  compiled.writeUInt8(fieldVersion, capability.fieldVersion);
  const runtime = Buffer.alloc(capability.runtimeBytes);
  runtime.writeUInt8(1, capability.timeZone);
  // Where the national character set stands in a field of otherwise no interest.
  const conversions = Buffer.concat([Buffer.alloc(9), uint16(characterSet.national)]);
  return Buffer.concat([
    uint8(1, 6, 0),
    Buffer.from("Syncline test double\0"),
    uint16LittleEndian(characterSet.own),
    uint8(0),
    uint16LittleEndian(0),
    uint16(conversions.length),
    conversions,
    sized(compiled),
    sized(runtime),
  ]);
}

/** The database's time zone is UTC: an interval of no hours and minutes, each of which is written plus 60. */
const utc = Buffer.from([0x80, 0, 0, 0, 60, 60, 60, 0x80, 0, 0, 0]);

/** Answers "which data types": all as the client has them. A client that can is told the database's time zone. */
export function dataTypesAnswer(reader: ByteReader): Buffer {
  reader.skip(1 + 2 + 2 + 1);
  reader.sized();
  const asksForZone = reader.sized()?.at(capability.timeZone) === 1;
  return Buffer.concat([uint8(2), ...(asksForZone ? [utc] : []), uint16(0)]);
}
