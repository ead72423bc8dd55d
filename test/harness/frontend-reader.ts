export interface FrontendSink {
  readonly onStatement: (text: string) => void;
  readonly onRoundTrip: () => void;
}

/**
 * Reads what a client sends to PostgreSQL (protocol 3.0, no TLS): a start-up message without a type, then messages of a
 * type byte and a length.
 */
export class FrontendReader {
  readonly #sink: FrontendSink;
  readonly #prepared = new Map<string, string>();
  readonly #portals = new Map<string, string>();
  #rest = Buffer.alloc(0);
  #started = false;

  constructor(sink: FrontendSink) {
    this.#sink = sink;
  }

  read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const head = this.#started ? 1 : 0;
      if (this.#rest.length < head + 4) return;
      const end = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < end) return;
      if (this.#started) this.#message(String.fromCharCode(this.#rest[0] ?? 0), this.#rest.subarray(5, end));
      this.#started = true;
      this.#rest = this.#rest.subarray(end);
    }
  }

  #message(type: string, content: Buffer): void {
    const [first = "", second = ""] = texts(content);
    switch (type) {
      case "Q":
        this.#sink.onStatement(first);
        this.#sink.onRoundTrip();
        return;
      case "P":
        this.#prepared.set(first, second);
        return;
      case "B":
        this.#portals.set(first, this.#prepared.get(second) ?? "");
        return;
      case "E":
        this.#sink.onStatement(this.#portals.get(first) ?? "");
        return;
      case "S":
        this.#sink.onRoundTrip();
    }
  }
}

/** The first two strings that end in a zero byte: all that names a statement or a portal stands there. */
function texts(content: Buffer): readonly string[] {
  const first = content.indexOf(0);
  if (first < 0) return [];
  const second = content.indexOf(0, first + 1);
  return [content.toString("utf8", 0, first), content.toString("utf8", first + 1, second < 0 ? undefined : second)];
}
