/** One line that a client sent, and for HPUB what follows it. */
export interface Frame {
  readonly line: string;
  /** As it came, to be passed on. */
  readonly bytes: Buffer;
  readonly publish: Publish | undefined;
}

/** `HPUB subject reply #headers #total`. */
export interface Publish {
  readonly subject: string;
  readonly reply: string;
  readonly headers: { readonly [name: string]: string };
  readonly payload: string;
}

/** Whole frames of what has come so far, and the rest. */
export function takeFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const line = bytes.toString("latin1", at, lineEnd);
    const words = line.split(" ");
    const carries = /^H?PUB$/i.test(words[0] ?? "");
    const bodyAt = lineEnd + 2;
    const end = carries ? bodyAt + Number(words.at(-1)) + 2 : bodyAt;
    if (end > bytes.length) break;
    const [verb, subject = "", reply = "", headerBytes] = words;
    const split = bodyAt + Number(headerBytes);
    const publish =
      verb === "HPUB" && words.length === 5
        ? {
            subject,
            reply,
            headers: readHeaders(bytes, bodyAt, split),
            payload: bytes.toString("utf8", split, end - 2),
          }
        : undefined;
    frames.push({ line, bytes: bytes.subarray(at, end), publish });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}

function readHeaders(bytes: Buffer, from: number, to: number): { readonly [name: string]: string } {
  const [, ...lines] = bytes.toString("utf8", from, to).trimEnd().split("\r\n");
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
}

export function publishFrame({ subject, reply, headers, payload }: Publish): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`NATS/1.0\r\n${lines.join("")}\r\n`);
  const body = Buffer.from(payload);
  const command = `HPUB ${subject} ${reply} ${head.length} ${head.length + body.length}\r\n`;
  return Buffer.concat([Buffer.from(command), head, body, Buffer.from("\r\n")]);
}

export function messageFrame(subject: string, subscription: string, payload: string): Buffer {
  const body = Buffer.from(payload);
  return Buffer.concat([Buffer.from(`MSG ${subject} ${subscription} ${body.length}\r\n`), body, Buffer.from("\r\n")]);
}
