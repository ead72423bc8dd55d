import { InvalidArgumentError } from "commander";
import type { Address } from "./address.ts";
import { parseDuration } from "./times.ts";

/** What flags are given, as commander reads them: each says by itself what is wrong with a value. */
export function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function variableName(text: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(text))
    throw new InvalidArgumentError("It has to be a variable's name: CRM_TOKEN.");
  return text;
}

export function address(text: string): Address {
  const [, host = "127.0.0.1", port = ""] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw new InvalidArgumentError("Write a port, or address:port: 0.0.0.0:9464.");
  return { host, port: Number(port) };
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It has to be a whole number.");
  return Number(text);
}

export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

export function positiveNumber(text: string): number {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text) || Number(text) <= 0)
    throw new InvalidArgumentError("It has to be a number above 0: 500, or 0.5.");
  return Number(text);
}
