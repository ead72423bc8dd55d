import type { SyncCall } from "../../contracts/sync-invoker.ts";
import { SynclineError } from "../../model/errors.ts";
import { drop, isThenable } from "../../model/thenable.ts";
import { isRecord, told } from "./answer-checks.ts";
import type { Faults } from "./faults.ts";

export type Trace = (call: SyncCall) => { readonly [header: string]: string };

/** W3C names two; baggage and a vendor's own are a few more. */
const mostHeaders = 16;
/** Of all names and values together: what servers take as headers is 8 KiB, ours among them. */
const mostCharacters = 4_096;
const none = {};

/**
 * Headers that can be sent, whatever the application's tracing answers. Where it fails, calls go
 * out without.
 */
export function guardTrace(trace: Trace, faults: Faults): Trace {
  return (call) => {
    try {
      const headers = believedHeaders(trace(call));
      if (typeof headers !== "string") {
        faults.worked("trace", "trace");
        return headers;
      }
      faults.caught("trace", "trace", new SynclineError("contract.broken", `it answered ${headers}`));
    } catch (error) {
      faults.caught("trace", "trace", error);
    }
    return none;
  };
}

/** A copy, since a getter may answer otherwise the next time; or why it is none. */
export function believedHeaders(answer: unknown): { readonly [header: string]: string } | string {
  if (!isRecord(answer) || isIterable(answer)) return `${told(answer)} instead of an object of headers`;
  if (isThenable(answer)) {
    drop(answer);
    return "a promise";
  }
  const headers: { [header: string]: string } = {};
  let count = 0;
  let characters = 0;
  for (const name of Object.keys(answer)) {
    const value = answer[name];
    count += 1;
    if (count > mostHeaders) return `more than ${mostHeaders} headers`;
    if (!headerName.test(name)) return "a name that no header has";
    if (typeof value !== "string") return `a header whose value is ${told(value)}`;
    if (!headerValue.test(value)) return "a value that no header has";
    characters += name.length + value.length;
    headers[name] = value;
  }
  return characters > mostCharacters ? `headers of ${characters} characters` : headers;
}

/** A `Map`, `Headers`: what they hold is not where headers are looked for. */
function isIterable(value: object): boolean {
  return Symbol.iterator in value;
}

/** RFC 9110, section 5: a token, and visible ASCII with blanks between. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const headerValue = /^[\x20-\x7e\t]*$/;
