type Headers = { readonly [name: string]: string };

/** The headers that one call of a strategy has in common with the next, joined again only when one of them has changed. */
export class StandingHeaders {
  readonly #own: Headers;
  #base: Headers | undefined;
  #contentType: string | undefined;
  #joined: Headers = {};

  /** `own`: the strategy's. */
  constructor(own: Headers) {
    this.#own = own;
  }

  /** The downstream's headers with the message's type and the strategy's own, which win in this order. To be copied. */
  after(base: Headers, contentType: string | undefined): Headers {
    if (base !== this.#base || contentType !== this.#contentType) {
      this.#base = base;
      this.#contentType = contentType;
      this.#joined = {
        ...base,
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...this.#own,
      };
    }
    return this.#joined;
  }
}
