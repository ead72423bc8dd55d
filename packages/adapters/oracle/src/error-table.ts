import type { ErrorCode } from "@syncline/core/spi";

export interface Meaning {
  readonly own: ErrorCode;
  readonly query: ErrorCode;
  /** What to do about it, when the server's own words don't say. */
  readonly advice?: string;
  /** Of ours: it does not pass by itself. */
  readonly needsPerson?: boolean;
}

/** What an error number means for a statement of ours, and for a strategy's query. */
export function meaningOf(native: string): Meaning | undefined {
  const [kind, digits] = native.split("-");
  const number = Number(digits);
  if (kind === "PLS") return compileErrors.get(number);
  if (kind === "NJS" || kind === "DPI") return driverErrors.get(number);
  return serverErrors.get(number) ?? ranges.find(([from, to]) => number >= from && number <= to)?.[2];
}

const same = (code: ErrorCode, advice?: string): Meaning => either(code, code, advice);
const either = (own: ErrorCode, query: ErrorCode, advice?: string): Meaning =>
  advice === undefined ? { own, query } : { own, query, advice };

const unavailable = same("database.unavailable");
const busy = same("database.busy");
const data = either("database.failed", "query.data");
const invalid = either("database.failed", "query.invalid");
const missing = either("database.schema", "query.invalid");
const refused = either("database.failed", "query.refused");
/** The login is refused until somebody has mended this. */
const loginRefused = (advice: string): Meaning => ({ ...same("database.unavailable", advice), needsPerson: true });
const credentials = loginRefused("Check the user and the password, whether it has expired, and CREATE SESSION.");
const address = same("database.unavailable", "Check connectString.");

function entries(meaning: Meaning, ...numbers: readonly number[]): readonly (readonly [number, Meaning])[] {
  return numbers.map((number) => [number, meaning]);
}

/** By ORA number. */
const serverErrors: ReadonlyMap<number, Meaning> = new Map([
  // Locks, deadlocks, snapshots that are too old, definitions that change meanwhile.
  ...entries(
    busy,
    51,
    54,
    60,
    104,
    1466,
    1555,
    2049,
    4020,
    4021,
    4061,
    4065,
    4068,
    8103,
    8177,
    8176,
    12805,
    12850,
    12852,
    30006,
    14411,
  ),
  // Cancelled: by a time limit, or by whoever gave up waiting.
  ...entries(either("database.busy", "query.timeout"), 1013, 40),
  // Sessions and processes run out, the server starts, stops, or is in trouble.
  ...entries(unavailable, 18, 20, 22, 24, 25, 28, 257, 600, 603, 1012, 1033, 1034, 1041, 1089, 1090, 1092, 1109, 2391),
  ...entries(
    unavailable,
    2396,
    2399,
    3113,
    3114,
    3135,
    7445,
    12153,
    24324,
    27101,
    28547,
    30036,
    1536,
    1950,
    1652,
    1653,
    1654,
  ),
  ...entries(unavailable, 1631, 1632, 1691, 1683, 1688, 56600, 25400, 25401, 25402, 25403, 25405, 25408, 25409),
  ...entries(unavailable, 1000, 4030, 4031, 4036, 12853),
  // Files and disks, a database link.
  ...entries(unavailable, 376, 1114, 1115, 1116, 1157, 27072, 2068, 3150),
  ...entries(
    same(
      "database.unavailable",
      'The standby may not have what was claimed: redo must be sent to it synchronously and applied in real time. Or let "query" name the primary.',
    ),
    3172,
    3173,
  ),
  ...entries(credentials, 1017, 1045, 28000, 28001, 28002, 1005),
  ...entries(loginRefused("The database is open to RESTRICTED SESSION alone."), 1035, 12526, 12527),
  ...entries(loginRefused("Check the wallet, and the server's certificate."), 28759, 28860, 29024),
  ...entries(loginRefused("The server wants another way to log in than the driver has."), 28040),
  // Listener and database have no place for another session now, or are not ready for one.
  ...entries(unavailable, 1219, 12516, 12518, 12519, 12520, 12528),
  // No such table, column, sequence, procedure; or no right to see it, which Oracle does not tell apart.
  ...entries(missing, 904, 942, 2289, 4042, 4043, 6576),
  ...entries(either("database.failed", "query.invalid", "Grant the user what it needs."), 1031, 1720),
  // A standby, or one that has been a primary.
  ...entries(either("database.unavailable", "query.refused", "The database is open for reading alone."), 16000),
  ...entries(refused, 1456, 14551, 14552, 1453),
  // Values: numbers, dates, lengths, JSON, several rows where one belongs.
  ...entries(
    data,
    1400,
    1401,
    1406,
    1407,
    1410,
    1425,
    1426,
    1427,
    1428,
    1438,
    1465,
    1476,
    1489,
    1722,
    6502,
    6503,
    12899,
  ),
  ...entries(data, 1, 2290, 2291, 2292, 1403, 1422, 22835, 22858, 19011, 19202, 31011, 31061, 29261, 6510),
  // A block that does not compile, a trigger that does not.
  ...entries(invalid, 6550, 6553, 4063, 4098, 4044, 1008, 1006, 1036, 1745, 1747, 1461, 1460, 2014, 2000, 3001, 24374),
]);

/** Where there is no entry. The ranges are those of Oracle's own message files. */
const ranges: readonly (readonly [from: number, to: number, meaning: Meaning])[] = [
  // A statement's syntax and names.
  [900, 999, invalid],
  [1700, 1799, invalid],
  // Date and time.
  [1800, 1899, data],
  [30000, 30099, data],
  // A statement's syntax, as servers from 23ai on report it: ORA-03048, 03049, 03050 where it was
  // ORA-00933 and the like.
  [3048, 3050, invalid],
  // Network and listener.
  [12150, 12299, unavailable],
  [12500, 12699, address],
  // Raised by an application's own triggers and functions.
  [20000, 20999, data],
  [32000, 32099, invalid],
  // JSON.
  [40400, 40699, data],
];

/** Of a block that does not compile, by PLS number: what it names is not declared. */
const compileErrors: ReadonlyMap<number, Meaning> = new Map([...entries(missing, 201, 302, 904, 905)]);

/** The driver's own, by NJS (and DPI) number. */
const driverErrors: ReadonlyMap<number, Meaning> = new Map([
  ...entries(unavailable, 3, 64, 65, 500, 501, 504, 506, 521, 1010, 1080),
  ...entries(same("database.unavailable", "All connections are in use: is the pool too small?"), 40, 76),
  ...entries(address, 125, 503, 510, 511, 512, 514, 515, 516, 517, 518, 519, 520, 523, 530, 532, 534),
  ...entries(credentials, 101, 116),
  ...entries(either("database.busy", "query.timeout"), 123, 1067),
  ...entries(
    same("database.unavailable", "The server asks for what Thin mode lacks, such as native network encryption."),
    533,
  ),
  ...entries(
    same("database.failed", "Is oracledb installed twice? The pool must come from the copy that the adapter finds."),
    12,
  ),
  // A bind too many or too few: a template that has a colon of its own.
  ...entries(invalid, 97, 98, 44, 55),
  ...entries(data, 105, 115, 119),
]);
