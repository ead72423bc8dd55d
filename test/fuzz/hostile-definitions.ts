/**
 * Rows of `syncline.strategy` and of the business, as somebody writes them who wants to be elsewhere or
 * somebody else.
 */

/** The same sequence for a seed in every run, so that what it finds can be met again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0;
  }

  below(limit: number): number {
    // Numerical Recipes' linear congruence: its low bits repeat, so the high ones are taken.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<Value>(list: readonly Value[]): Value {
    return list[this.below(list.length)] as Value;
  }

  many<Value>(most: number, make: () => Value): readonly Value[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

const dots = [".", "..", "...", "%2e", "%252e", "．", "‥", "%c0%ae", "%u002e", "․", ".\u200b", "Į", "&period;"];
const slashes = [
  "/",
  "\\",
  "%2f",
  "%252f",
  "%5c",
  "%c0%af",
  "%u2215",
  "／",
  "＼",
  "⁄",
  "∕",
  "⧸",
  "¥",
  "₩",
  "&sol;",
  "//",
];
const ends = [
  ";",
  ";a=b",
  "%3b",
  "?",
  "%3f",
  "#",
  "%23",
  "\u0000",
  "%00",
  "\r\nx-injected: 1\r\n",
  "\t",
  " ",
  "%20",
  "+",
  ":",
  ",",
];
const plain = [
  "a",
  "orders",
  "7",
  "x-y_z~",
  "ä",
  "名",
  "😀",
  "=",
  "&role=admin",
  "@evil.example",
  "%",
  "%25",
  "\ud800",
  "admin",
];
const fields = ["orderId", "note", "{", "a.b", "missing", "__proto__", "constructor", "odd", ""];
const paths = [
  "/orders/{orderId}",
  "/notes/{note}",
  "/{note}/{orderId}",
  "/a/{note}{odd}",
  "/o?x={note}&role=user",
  "/x.{odd}/",
];

function encoded(dice: Dice, text: string): string {
  const style = dice.below(4);
  if (style === 0)
    return [...Buffer.from(text, "utf8")].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  return style === 1 && text.isWellFormed() ? encodeURIComponent(text) : text;
}

/** A text of these parts, now and then encoded once more, as a whole. */
function climbing(dice: Dice, most: number): string {
  let text = dice.many(most, () => dice.pick(dice.pick([dots, slashes, ends, plain, plain]))).join("");
  while (dice.chance(15)) text = encoded(dice, text);
  return text;
}

function path(dice: Dice): string {
  if (dice.chance(65)) return dice.pick(paths);
  const parts = dice.many(6, () => {
    const kind = dice.below(10);
    if (kind < 4) return `/${dice.pick(plain)}`;
    if (kind < 6) return `/{${dice.pick(fields)}}`;
    if (kind < 7) return `{${dice.pick(fields)}}`;
    return dice.pick(dice.pick([dots, slashes, ends]));
  });
  return `${dice.chance(90) ? "/" : dice.pick(["", "//evil.example", "http://evil.example", "@evil.example", ":80"])}${parts.join("").replace(/^\//, "")}`;
}

const names =
  `accept prefer Accept-Language content-type if-match x-api-version x-acme-batch x-acme-bin X-Api-Key x_api_key x.api.key
  x-tenant X_Tenant authorization Authorization cookie host x-original-url x-rewrite-url x-http-method-override x-method-override
  forwarded x-forwarded-host x-forwarded-for x-real-ip content-length transfer-encoding connection upgrade te expect soapaction
  SOAPAction content-encoding idempotency-key syncline-revision traceparent webhook-id ce-id user-agent grpc-timeout :path :authority
  x-unheard-of __proto__ constructor toString x-acme-tenant proxy-authorization`
    .trim()
    .split(/\s+/);
const values = [
  "1",
  "de",
  "application/json",
  "application/merge-patch+json",
  "a\r\nx-injected: 1",
  "",
  "\u0000",
  "ü",
  "DELETE",
];

function junk(dice: Dice, depth: number): unknown {
  const kind = dice.below(depth > 0 ? 9 : 6);
  if (kind < 3)
    return dice.pick<unknown>([null, true, -1, 0, 1e308, 2 ** 53, "", "x".repeat(dice.pick([10, 3_000, 60_000]))]);
  if (kind < 6) return climbing(dice, 4);
  if (kind < 7) return dice.many(4, () => junk(dice, depth - 1));
  if (kind < 8) return Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 1);
  return record(dice.many(4, () => [dice.pick([...names, ...fields]), junk(dice, depth - 1)] as const));
}

/** As `JSON.parse` makes it: `__proto__` is a name like any other. */
function record(entries: readonly (readonly [string, unknown])[]): object {
  const texts = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? "null"}`);
  return JSON.parse(`{${texts.join(",")}}`) as object;
}

const headers = (dice: Dice) => {
  if (dice.chance(5)) return junk(dice, 2);
  const name = () => dice.pick(dice.chance(75) ? names.slice(0, 7) : names);
  const value = () =>
    dice.chance(85) ? dice.pick(values.slice(0, 4)) : dice.chance(70) ? dice.pick(values) : junk(dice, 1);
  return record(dice.many(3, () => [name(), value()]));
};

type Options = (dice: Dice, path: string) => { readonly [name: string]: unknown };

/** Options that stand together, or nearly; none of the transports knows them all. */
const optionsOf: { readonly [downstream: string]: readonly Options[] } = {
  http: [
    () => ({}),
    (dice) => ({ headers: headers(dice) }),
    (_, path) => ({ slashes: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).slice(0, 2) }),
    (dice) => ({
      format: "cloudevents",
      cloudevents: { source: climbing(dice, 3), type: dice.pick(["a", "__proto__", "\r\n"]) },
    }),
    (dice) => ({ envelope: true, headers: headers(dice) }),
    (dice) => ({ format: dice.pick(["json", "ndjson", "xml"]), wrap: dice.pick(["items", "__proto__", ""]) }),
    (dice) => ({ answer: { message: climbing(dice, 2), ok: { path: "a", in: [1] } } }),
  ],
  grpc: [
    (dice) => ({ document: "extra", metadata: headers(dice) }),
    () => ({ document: "extra", stamp: { revision: "total" } }),
    (dice) => ({
      document: "extra",
      fixed: record([[dice.pick(["total", "__proto__", "card", "x"]), climbing(dice, 2)]]),
    }),
    (dice) => ({ document: dice.pick(["extra", "note", "__proto__"]), list: dice.pick(["orders", "../x", "tags"]) }),
  ],
  soap: [
    (dice) => ({ document: "json", headers: headers(dice) }),
    () => ({ document: "json", stamp: { revision: "revision", deliveryId: "deliveryId" } }),
    (dice) => ({
      document: "json",
      fixed: record([
        [
          dice.pick(["revision", "Header", "soap:Header", "Security", "__proto__"]),
          dice.pick<unknown>(["1", {}, climbing(dice, 2)]),
        ],
      ]),
    }),
    (dice) => ({ document: dice.pick(["json", "order", "Header"]), list: dice.pick(["items.item", "../x", "item"]) }),
  ],
};

const pathOf: { readonly [downstream: string]: (dice: Dice) => string } = {
  http: path,
  grpc: (dice) =>
    dice.chance(75)
      ? "shop.v1.Orders/Put"
      : dice.pick([
          "shop.v1.Orders/PutAll",
          "/shop.v1.Orders/Put",
          "shop.v1.Orders/../Put",
          "a.b/C",
          "shop.v1.Orders/Watch",
        ]),
  soap: (dice) =>
    dice.chance(75)
      ? "Inbox.Soap11.Put"
      : dice.pick(["Inbox.Soap11.PutAll", "Remove", "Inbox.Soap12.Put", "../Put", "Put\r\n"]),
};

/** A row's `definition`, as its JSON's text. Now and then every part of it is anything. */
export function hostileDefinition(dice: Dice): string {
  if (dice.chance(2)) return JSON.stringify(junk(dice, 3)) ?? "null";
  const downstream = dice.pick(["http", "http", "http", "grpc", "soap"]);
  const ownPath = (pathOf[downstream] ?? path)(dice);
  const given: { [name: string]: unknown } = { ...dice.pick(optionsOf[downstream] ?? [])(dice, ownPath) };
  const deletes = dice.chance(20);
  if (deletes && dice.chance(60))
    given.delete = { path: dice.chance(60) ? ownPath : (pathOf[downstream] ?? path)(dice) };
  const options = Object.entries(given);
  if (dice.chance(5)) options.push([dice.pick([...names, "Headers", "path", "url", "soapHeaders"]), junk(dice, 2)]);
  const entries: [string, unknown][] = [
    ["category", "order"],
    ["downstream", downstream],
    ["query", "SELECT o.* FROM orders o WHERE o.id = :orderId"],
    ["path", ownPath],
    ["whenAbsent", deletes ? "delete" : dice.pick(["skip", "dead"])],
    ["options", record(options)],
  ];
  if (downstream === "http" && dice.chance(60))
    entries.push([
      "method",
      dice.pick(dice.chance(80) ? ["PUT", "POST", "PATCH"] : ["DELETE", "GET", "PUT /x HTTP/1.1\r\n"]),
    ]);
  if (options.some(([name]) => name === "list" || name === "wrap") || dice.chance(5))
    entries.push(["batch", dice.pick([2, 50, 50, 1e9])]);
  if (dice.chance(7))
    entries.push([
      dice.pick(["query", "category", "downstream", "rows", "retry", "__proto__", "map", "toJSON"]),
      junk(dice, 2),
    ]);
  if (dice.chance(5)) entries.push([dice.pick(["path", "method", "options"]), junk(dice, 3)]);
  return JSON.stringify(record(entries));
}

/** A row: what stands in a path's fields. */
export function hostileRow(dice: Dice): {
  readonly key: string;
  readonly body: { readonly [column: string]: unknown };
} {
  const value = () => (dice.chance(45) ? climbing(dice, 6) : dice.chance(70) ? dice.pick(plain) : junk(dice, 1));
  const body = record([
    ["id", dice.chance(80) ? "7" : value()],
    ["note", value()],
    ["odd", value()],
    ["total", value()],
    ["a", { b: value() }],
    ...(dice.chance(20) ? [["order", { id: 1 }] as const] : []),
  ]);
  return {
    key: dice.chance(40) ? String(dice.below(1_000)) : climbing(dice, 4),
    body: body as { readonly [column: string]: unknown },
  };
}
