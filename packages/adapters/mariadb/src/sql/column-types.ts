/**
 * Compares and orders as bytes do. It takes blanks at the end for nothing, which neither names of
 * strategies nor canonical keys have; MySQL and MariaDB have no collation in common that would not.
 */
export const bytewise = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
export const ascii = "CHARACTER SET ascii COLLATE ascii_bin";

export const id = "BIGINT UNSIGNED";
export const strategyName = `VARCHAR(128) ${bytewise}`;
/** A key has at most 400 UTF-16 units. */
export const key = `VARCHAR(400) ${bytewise}`;
export const token = `CHAR(36) ${ascii}`;
export const operation = `VARCHAR(6) ${ascii}`;
/** W3C trace context: what is longer is none, and is cut. */
export const traceparent = `VARCHAR(64) ${ascii}`;
/** Of any length: what is longer than a column of JSON_TABLE says would be cut without an error. */
export const anyText = `LONGTEXT ${bytewise}`;
export const milliseconds = "DOUBLE";
