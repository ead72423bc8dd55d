import type { Condition } from "@syncline/core/spi";

// A server ends the connection of whoever sends a control line above 4,096 bytes; the reply subject stands on it too.
const longest = 1_024;
const token = /^(?:[\w-]|\{\w+\})+$/;

/** What is wrong with a strategy's path, `orders.{orderId}`, whose fields are the category's; `fields` where it is known. */
export function checkSubject(path: unknown, fields?: readonly string[]): readonly string[] {
  if (typeof path !== "string" || path === "") return ["must be a subject such as orders.{orderId}"];
  const problems: string[] = [];
  if (path.length > longest) problems.push(`is longer than ${longest} characters`);
  // No $ and no _INBOX: whoever may edit strategies must not reach the server's own API, nor other clients' answers.
  if (!path.split(".").every((part) => token.test(part)) || path.startsWith("_"))
    problems.push("must be words of letters, digits, - and _, joined by dots, with {fields}; it begins with no _");
  for (const field of fieldsOf(path)) {
    if (fields?.includes(field) === false)
      problems.push(`{${field}} is no field of the key (${fields.join(", ")}); a delete has nothing else`);
  }
  return problems;
}

/** The subject of one key, or why it has none. `checkSubject` must have found nothing. */
export function subjectOf(path: string, key: Condition): { readonly subject: string } | { readonly fault: string } {
  const missing = fieldsOf(path).filter((field) => !Object.hasOwn(key, field) || escapeToken(key[field]) === "");
  if (missing.length > 0) return { fault: `the subject's field {${missing[0]}} is missing, null, empty or no Unicode` };
  const subject = path.replace(/\{(\w+)\}/g, (_, field: string) => escapeToken(key[field]));
  return subject.length > longest ? { fault: `the subject is longer than ${longest} characters` } : { subject };
}

function fieldsOf(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, field = ""]) => field);
}

/** One token, and no two values share it: percent-encoding as in URLs, and of what NATS gives a meaning. Empty if there is none. */
function escapeToken(value: unknown): string {
  const text = String(value ?? "");
  if (!text.isWellFormed()) return "";
  return encodeURIComponent(text).replace(/[.*]/g, (character) => (character === "." ? "%2E" : "%2A"));
}
