import type { FailureKind } from "@syncline/core/spi";
import { type FailurePolicy, failurePolicy } from "../../../packages/core/src/engine/failure-policy.ts";
import { defaultTuning } from "../../../packages/core/src/engine/tuning.ts";
import { grpcOf, statusesOf } from "./answers.ts";
import { type Outage, outageOf } from "./outage.ts";
import type { Row } from "./row.ts";

/**
 * What only people can say of a kind; the rest is read from the policy. A new kind does not compile
 * without.
 */
const kinds: { readonly [Kind in FailureKind]: { readonly others: string; readonly todo: string } } = {
  unavailable: {
    others: "refused, no name, no answer in time; the database that a query reads is away, or its table locked",
    todo: "nothing. It goes on by itself once the downstream is back. `database.…`: see the codes",
  },
  transient: {
    others:
      "an answer that broke off, or that a rule cannot read; SOAP's `Server`, `Receiver`; a query that takes too long",
    todo: "of everything: see to the downstream. Dead letters: mend what the code names, then `deadLetters.requeue`",
  },
  dependency: {
    others: "what `statusKinds`, `kinds` or an item's `map` say: what the item points to is not there yet",
    todo: "nothing, if the parent comes: the wait ends then. Otherwise see why its strategy does not deliver it, or leave such rows out",
  },
  throttled: {
    others: "",
    todo: "nothing; if it never ends, a `limits.rate` that the downstream can bear",
  },
  unauthorized: {
    others: "a token endpoint that refuses the secret; a secret that is not there",
    todo: "give it valid credentials, or the right that this strategy lacks. `env:` and `file:` are read again by themselves",
  },
  misconfigured: {
    others: "a certificate that does not hold; an address that is denied; a query that the database refuses",
    todo: "mend the path, the downstream's options or the query, as the code says. The next probe picks it up",
  },
  "too-large": {
    others: "a message beyond the transport's limit",
    todo: "a smaller `batch`, or a larger limit there; then `deadLetters.requeue`",
  },
  rejected: {
    others: "an answer rule that says no; a value that makes the query fail",
    todo: "mend the row or the strategy, then `deadLetters.requeue`: the current row goes out",
  },
  cancelled: {
    others: "our own stop, or a lease that ran short",
    todo: "nothing",
  },
};

const item: { readonly [Way in FailurePolicy["item"]]: string } = {
  dead: "The item is a dead letter at once",
  attempt: "The item loses an attempt and is tried again later; dead after the last (12)",
  release: "The item is put back, nothing is charged",
  wait: "The item waits: 1 s at first, each time as long as it has waited, up to 5 min; on PostgreSQL less, once the downstream has accepted something of another category. Nothing is charged for an hour (`tuning.dependencyMs`), then an attempt each time; dead after the last (12)",
};
const alone: { readonly [Way in FailurePolicy["alone"]]: string } = {
  dead: "is a dead letter at once",
  attempt: "loses an attempt each time, and is dead after the last (12): no circuit opens",
  release: "is put back, nothing is charged",
  wait: "waits",
};
const batch: { readonly [Way in FailurePolicy["batch"]]: string } = {
  halve: "A batch is halved until the item at fault stands alone",
  alike: "Its batch is halved to find it",
};
const most = defaultTuning.breakerFailures;
const outage: { readonly [Way in FailurePolicy["outage"]]: string } = {
  calls: `${most} in a row, without a good answer in between, are an **outage**`,
  first: `${most} in a row, without a good answer in between, are an **outage**; where nothing was ever answered well, the first one is`,
  items: `${most} different items in a row, without a good answer in between, are an **outage**, which charges nobody`,
  never: "",
};
const reach: { readonly [Way in FailurePolicy["reach"]]: string } = {
  lane: "the strategy waits",
  downstream: "all strategies of the downstream wait; this one alone where others are answered well meanwhile",
};
const probe: { readonly [Way in FailurePolicy["probe"]]: string } = {
  item: "a single item probes",
  batch: "it goes on with a whole batch",
};
const status: { readonly [Way in FailurePolicy["item"]]: string } = {
  dead: "`dead`",
  attempt: "`waiting`, at last `dead`",
  release: "`waiting`, then `due`",
  wait: "`waiting`; much later `dead`",
};

export const kindRows: readonly Row[] = Object.entries(failurePolicy).map(([name, policy]: [string, FailurePolicy]) => {
  const kind = name as FailureKind;
  const { others, todo } = kinds[kind];
  const came = [statusesOf(kind), grpcOf(kind), others].filter((words) => words !== "");
  const found = outageOf(kind);
  return {
    happened: `**${kind}**: ${came.join("; ")}`,
    does: does(policy, found),
    log: logOf(policy, found),
    health: healthOf(policy, found),
    status: policy.outage === "never" || policy.item !== policy.alone ? statusOf(policy) : status[policy.item],
    todo,
  };
});

function does(policy: FailurePolicy, { waits }: Outage): string {
  const canBeOutage = policy.outage !== "never";
  const checked = policy.check ? ", after a check where the transport has one" : "";
  const goesOn = `then ${probe[policy.probe]}${checked}`;
  const isHalved = policy.batch === "halve" || canBeOutage;
  return [
    `${item[policy.item]}${policy.lane === "close" ? "; the others go on" : ""}`,
    policy.lane === "throttle" ? `The strategy waits as long as it was asked to, unasked ${waits}; ${goesOn}` : "",
    canBeOutage ? `${outage[policy.outage]}: ${reach[policy.reach]}, ${waits}; ${goesOn}` : "",
    canBeOutage
      ? `An item that **alone** fails so, while others are answered well${much(policy)}, ${alone[policy.alone]}`
      : "",
    isHalved
      ? `${batch[policy.batch]}${policy.batch === "alike" && policy.item === "attempt" ? ", and before a last attempt" : ""}`
      : "",
  ]
    .filter((words) => words !== "")
    .join(". ");
}

function much({ majority, lasting }: FailurePolicy): string {
  return `${majority > 1 ? ` (${majority} calls for each other failure)` : ""}${lasting ? "" : ", each time anew"}`;
}

function logOf({ item: way, alone: single, outage: ends }: FailurePolicy, { lines }: Outage): string {
  const isDead = way !== "release" || (ends !== "never" && single !== "release");
  if (way === "wait") return "after a minute warn: `items wait for what they point to`; at last error: `dead letter`";
  const told = [...lines, ...(isDead ? [`${way === "release" ? "alone, at last " : ""}error: \`dead letter\``] : [])];
  return told.length === 0 ? "–" : told.join("; ");
}

function healthOf({ item: way, reach: far }: FailurePolicy, { parts }: Outage): string {
  if (way === "wait") return "`strategy <name>`, its code, after a minute of it";
  if (parts.length === 0) return "–";
  const named = parts.map((part) => `\`${part} <name>\``);
  return `${named.join(" or ")}, its code, while ${far === "downstream" ? "they wait" : "it waits"}`;
}

function statusOf({ item: way, alone: single, outage: ends }: FailurePolicy): string {
  return ends !== "never" && single !== way ? `${status[way]}; alone: ${status[single]}` : status[way];
}
