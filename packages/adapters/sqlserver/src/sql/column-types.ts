/**
 * Names and keys compare as code units: two keys that differ only in case, accents or width are two keys, whatever the
 * database's collation is. (It also is the order in which rows are locked.)
 */
export const binary = "COLLATE Latin1_General_100_BIN2";

/** A strategy's name: 64 characters of ASCII. */
export const strategyName = `varchar(64) ${binary}`;

/** A canonical condition: 400 characters, and so 800 bytes of an index key. */
export const keyText = `nvarchar(400) ${binary}`;

/** `pending`, `upsert`, `accepted`, … */
export const word = `varchar(10) ${binary}`;

/** UTC, from the server's clock. */
export const instant = "datetime2(3)";
