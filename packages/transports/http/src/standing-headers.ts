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

  /**
   * Our defaults, the strategy's own and the downstream's (`base`), which win in this order. To be copied.
   */
  after(base: Headers, contentType: string | undefined): Headers {
    if (base !== this.#base || contentType !== this.#contentType) {
      this.#base = base;
      this.#contentType = contentType;
      this.#joined = {
        accept: "application/json, */*;q=0.1",
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...this.#own,
        ...base,
      };
    }
    return this.#joined;
  }
}
