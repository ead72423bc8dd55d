/** A type on the wire. */
export interface OracleType {
  readonly name: string;
  readonly number: number;
  /** 1: a text in the database's character set, 2: in the national one, 0: no text. */
  readonly form: 0 | 1 | 2;
  /** The most bytes of a value. */
  readonly size: number;
  readonly precision: number;
  readonly scale: number;
}

interface Known {
  readonly number: number;
  readonly form: OracleType["form"];
  readonly size: number;
}

const known = {
  VARCHAR2: { number: 1, form: 1, size: 4_000 },
  NVARCHAR2: { number: 1, form: 2, size: 4_000 },
  NUMBER: { number: 2, form: 0, size: 22 },
  BINARY_INTEGER: { number: 3, form: 0, size: 22 },
  LONG: { number: 8, form: 1, size: 0 },
  DATE: { number: 12, form: 0, size: 7 },
  RAW: { number: 23, form: 0, size: 2_000 },
  "LONG RAW": { number: 24, form: 0, size: 0 },
  CHAR: { number: 96, form: 1, size: 2_000 },
  NCHAR: { number: 96, form: 2, size: 2_000 },
  BINARY_FLOAT: { number: 100, form: 0, size: 4 },
  BINARY_DOUBLE: { number: 101, form: 0, size: 8 },
  CLOB: { number: 112, form: 1, size: 4_000 },
  NCLOB: { number: 112, form: 2, size: 4_000 },
  BLOB: { number: 113, form: 0, size: 4_000 },
  JSON: { number: 119, form: 0, size: 4_000 },
  TIMESTAMP: { number: 180, form: 0, size: 11 },
  "TIMESTAMP WITH TIME ZONE": { number: 181, form: 0, size: 13 },
  "INTERVAL YEAR TO MONTH": { number: 182, form: 0, size: 5 },
  "INTERVAL DAY TO SECOND": { number: 183, form: 0, size: 11 },
  "TIMESTAMP WITH LOCAL TIME ZONE": { number: 231, form: 0, size: 11 },
} as const satisfies { readonly [name: string]: Known };

type TypeName = keyof typeof known;

/** A type as Oracle declares it: `VARCHAR2(400)`, `NUMBER(10,2)`, `TIMESTAMP(6) WITH TIME ZONE`. */
export function oracleType(declared: string): OracleType {
  const [, first = "", digits, decimals, rest = ""] =
    /^([^(]*)(?:\((\d+)(?:,(-?\d+))?(?: CHAR)?\))?(.*)$/.exec(declared) ?? [];
  const name = `${first.trim()} ${rest.trim()}`.trim();
  if (!isKnown(name)) throw new Error(`The double has no type ${declared}.`);
  const type = { name, ...known[name], precision: 0, scale: 0 };
  if (name === "NUMBER") {
    // Without a precision, a NUMBER is a decimal floating-point number: Oracle says so by this scale.
    return digits === undefined
      ? { ...type, scale: -127 }
      : { ...type, precision: Number(digits), scale: Number(decimals ?? 0) };
  }
  if (name.startsWith("TIMESTAMP")) return { ...type, scale: Number(digits ?? 6) };
  return digits === undefined ? type : { ...type, size: Number(digits) };
}

/** The type of a bind or of what a client wants a column to be. */
export function wireType(number: number, form: number, size: number): OracleType {
  for (const [name, each] of Object.entries(known))
    if (each.number === number && each.form === form) return { name, ...each, size, precision: 0, scale: 0 };
  throw new Error(`The double has no type number ${number} with form ${form}.`);
}

/** A client must say how it wants a value of one before it gets any rows. */
export function isLob({ name }: OracleType): boolean {
  return name === "CLOB" || name === "NCLOB" || name === "BLOB" || name === "JSON";
}

/** Values of one come with their own end and error code. */
export function isLong({ name }: OracleType): boolean {
  return name === "LONG" || name === "LONG RAW";
}

function isKnown(name: string): name is TypeName {
  return Object.hasOwn(known, name);
}
