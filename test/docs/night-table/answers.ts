import { status as grpcCodes, Metadata } from "@grpc/grpc-js";
import type { FailureKind } from "@syncline/core/spi";
import { classifyStatus } from "@syncline/http-client";
import { classifyStatus as classifyGrpc } from "../../../packages/transports/grpc/src/status.ts";

/** Numbers that nobody has given a meaning, and what all such ones are called. */
const rest: readonly (readonly [example: number, name: string])[] = [
  [399, "3xx"],
  [489, "other 4xx"],
  [589, "other 5xx"],
];

export function kindOfStatus(
  status: number,
  headers: { readonly [name: string]: string } = {},
): FailureKind | "accepted" {
  const found = classifyStatus(status, headers, {}, 0);
  return found === "accepted" ? found : found.kind;
}

/** Which statuses of HTTP are of a kind, as its default table says. */
export function statusesOf(kind: FailureKind): string {
  const own: number[] = [];
  for (let status = 400; status <= 999; status += 1) {
    const [example] = rest[Math.floor(status / 100) - 3] ?? [];
    const isOther = status < 600 ? kindOfStatus(status) !== kindOfStatus(example ?? 0) : status === 999;
    if (isOther && kindOfStatus(status) === kind) own.push(status);
  }
  const others = rest.filter(([example]) => kindOfStatus(example) === kind).map(([, name]) => name);
  const later = [403, 418, 503, 529].filter((status) => {
    return kindOfStatus(status, { "retry-after": "60" }) === kind && kindOfStatus(status) !== kind;
  });
  const words = [...ranges(own), ...others].join(", ");
  return later.length === 0 ? words : `${words}; ${later.join(", ")} with Retry-After`;
}

function ranges(numbers: readonly number[]): readonly string[] {
  const found: [first: number, last: number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => {
    return first === last ? `${first}` : last === first + 1 ? `${first}, ${last}` : `${first}–${last}`;
  });
}

/** Which of gRPC's statuses are of a kind. */
export function grpcOf(kind: FailureKind): string {
  const names = Object.entries(grpcCodes).filter(([name, code]) => {
    if (typeof code !== "number" || name === "OK") return false;
    const status = { code, details: "", metadata: new Metadata() };
    const found = classifyGrpc(status, { statusKinds: {}, answerBytes: 1 });
    return found !== "accepted" && found.kind === kind;
  });
  return names.map(([name]) => `\`${name}\``).join(", ");
}
