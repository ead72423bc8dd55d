/** So many characters of a secret in a row are as good as the secret. Fewer may be a word. */
const partLength = 10;
const shortestForm = 4;

/**
 * What stands in a text for no character of a secret: a line break in base64, a zero-width space in
 * the middle of a token.
 */
const ignored = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** In what forms a text carries a secret, in small letters and without blanks. */
export function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    new URLSearchParams({ "": secret }).toString().slice(1),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    Buffer.from(secret).toString("hex"),
    ...[0, 1, 2].map((offset) => base64Within(secret, offset)),
  ];
  const folded = forms.flatMap((form) => [folded64(form), form]).map((form) => squeezed(form).letters);
  return [...new Set(folded)].filter((form) => form.length >= shortestForm);
}

/** Base64url of what is base64; of all else the same. */
function folded64(form: string): string {
  return form.replaceAll("+", "-").replaceAll("/", "_");
}

/**
 * What a secret becomes in the middle of something that is encoded as a whole: its first and last
 * characters depend on that.
 */
function base64Within(secret: string, offset: number): string {
  const bytes = Buffer.from(secret);
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replaceAll("=", "");
  const whole = (offset + bytes.length) % 3 === 0;
  return encoded.slice(offset === 0 ? 0 : offset + 1, whole ? undefined : -1);
}

interface Squeezed {
  readonly letters: string;
  /** Where each of them stands. */
  readonly at: readonly number[];
}

function squeezed(text: string): Squeezed {
  let letters = "";
  const at: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (ignored.test(character)) continue;
    const small = character.toLowerCase();
    letters += small.length === 1 ? small : character;
    at.push(index);
  }
  return { letters, at };
}

/** What to look for of secrets that last: made once. */
export class SecretParts {
  readonly short: readonly string[];
  readonly parts: ReadonlySet<string>;

  private constructor(short: readonly string[], parts: ReadonlySet<string>) {
    this.short = short;
    this.parts = parts;
  }

  static of(secrets: Iterable<string>): SecretParts {
    const short: string[] = [];
    const parts = new Set<string>();
    for (const form of [...secrets].flatMap(formsOf)) {
      if (form.length < partLength) short.push(form);
      for (let start = 0; start + partLength <= form.length; start++) parts.add(form.slice(start, start + partLength));
    }
    return new SecretParts(short, parts);
  }
}

/** A text, and which of its characters are a secret's. */
export class HiddenPlaces {
  readonly #text: string;
  readonly #squeezed: Squeezed;
  readonly #isHidden: Uint8Array;

  constructor(text: string) {
    this.#text = text;
    this.#squeezed = squeezed(text);
    this.#isHidden = new Uint8Array(text.length);
  }

  hide(form: string): void {
    const { letters } = this.#squeezed;
    for (let start = letters.indexOf(form); start >= 0; start = letters.indexOf(form, start + 1))
      this.#hide(start, form.length);
  }

  hideParts({ short, parts }: SecretParts): void {
    for (const form of short) this.hide(form);
    const { letters } = this.#squeezed;
    for (let start = 0; start + partLength <= letters.length; start++)
      if (parts.has(letters.slice(start, start + partLength))) this.#hide(start, partLength);
  }

  #hide(start: number, length: number): void {
    const { at } = this.#squeezed;
    this.#isHidden.fill(1, at[start], (at[start + length - 1] ?? 0) + 1);
  }

  text(): string {
    let clean = "";
    for (let index = 0; index < this.#text.length; index++) {
      if (this.#isHidden[index] !== 1) clean += this.#text[index];
      else if (this.#isHidden[index - 1] !== 1) clean += "[secret]";
    }
    return clean;
  }
}
