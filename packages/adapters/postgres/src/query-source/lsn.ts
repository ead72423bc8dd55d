/** A position in the write-ahead log, in bytes, as PostgreSQL writes it (`0/2000028`). */
export function lsnOf(text: string): bigint {
  const [high = "", low = ""] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** Sizes of the headers of a page, and of the first one of a file: those of every version so far. */
const pageHeader = 24n;
const fileHeader = 40n;

/**
 * Where the last record ends that begins before `insert`, as a replica tells it once it has
 * replayed that record.
 *
 * On a fresh page, the position at which a primary will insert lies behind the page's header
 * (`0/2000028` after a file was switched); a replica that has replayed everything is at the page's
 * start, for as long as nothing is written.
 */
export function endOfRecords(insert: bigint, pageBytes: bigint, fileBytes: bigint): bigint {
  if (insert % fileBytes === fileHeader) return insert - fileHeader;
  return insert % pageBytes === pageHeader ? insert - pageHeader : insert;
}
