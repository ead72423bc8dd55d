import type { Failure } from "@syncline/core/spi";
import { failure, Secret, SecretError, type SecretKeeper, type SecretSource } from "@syncline/core/transport-kit";
import { envelopeOf, envelopePrefix } from "./envelope.ts";
import { withSecrets } from "./header-values.ts";
import type { SoapSecurity } from "./options.ts";
import type { Misfit } from "./schema/write-element.ts";
import { type HeaderElement, writtenHeader } from "./soap-headers.ts";
import type { SoapVersion } from "./wsdl/bindings.ts";
import { fitsXml } from "./xml/escape.ts";

export type Sealed = { readonly envelope: string } | { readonly failure: Failure };

const notXml = (value: string): string | undefined =>
  fitsXml(value) ? undefined : "holds characters that XML cannot carry";

/** Writes envelopes, each with its own proof of who we are: nonce, time and signature are good for one attempt. */
export class Sealer {
  readonly #version: SoapVersion;
  readonly #security: SoapSecurity | undefined;
  readonly #keeper: SecretKeeper;

  constructor(version: SoapVersion, security: SoapSecurity | undefined, keeper: SecretKeeper) {
    this.#version = version;
    this.#security = security;
    this.#keeper = keeper;
  }

  async seal(body: string, elements: readonly HeaderElement[] = []): Promise<Sealed> {
    const security = this.#security;
    try {
      const header = await this.#written(elements);
      if (typeof header !== "string") return { failure: misfitFailure(header) };
      if (security === undefined) return { envelope: envelopeOf(this.#version, header || undefined, body) };
      const envelope =
        "usernameToken" in security
          ? envelopeOf(this.#version, (await this.#token(security.usernameToken)) + header, body)
          : await this.#sign(security.x509, header, body);
      return { envelope };
    } catch (error) {
      return { failure: this.#failureOf(error) };
    }
  }

  async #written(elements: readonly HeaderElement[]): Promise<string | Misfit> {
    let text = "";
    for (const element of elements) {
      const written = writtenHeader(element, await withSecrets(element.value, (source) => this.#reveal(source)));
      if (typeof written !== "string") return written;
      text += written;
    }
    return text;
  }

  async #token(token: Extract<SoapSecurity, { usernameToken: unknown }>["usernameToken"]): Promise<string> {
    const password = await this.#reveal(token.password);
    // Loaded where it is needed: it takes 100 ms.
    const { WSSecurity } = await import("soap");
    const passwordType = token.digest === true ? "PasswordDigest" : "PasswordText";
    const options = { passwordType, hasNonce: true, mustUnderstand: true, envelopeKey: envelopePrefix };
    return new WSSecurity(token.user, password, options).toXML();
  }

  async #sign(x509: Extract<SoapSecurity, { x509: unknown }>["x509"], header: string, body: string): Promise<string> {
    const [key, cert] = [await this.#reveal(x509.key), await this.#reveal(x509.cert)];
    const passphrase = x509.passphrase === undefined ? "" : await this.#reveal(x509.passphrase);
    const { WSSecurityCert } = await import("soap");
    const signer = new WSSecurityCert(key, cert, passphrase, { hasTimeStamp: true });
    return signer.postProcess(envelopeOf(this.#version, header, body), envelopePrefix);
  }

  async #reveal(source: SecretSource): Promise<string> {
    const secret = this.#keeper.resolve(source, notXml);
    return (secret instanceof Secret ? secret : await secret).reveal();
  }

  #failureOf(error: unknown): Failure {
    if (error instanceof SecretError)
      return failure("unauthorized", "soap.secret", this.#keeper.scrub(error.message), "no");
    // The signer's words may quote the key.
    return failure(
      "misconfigured",
      "soap.signature",
      "the message cannot be signed: is the key a PEM, and the certificate too?",
      "no",
    );
  }
}

function misfitFailure({ field, reason }: Misfit): Failure {
  return failure("misconfigured", "soap.header", `header.${field} ${reason}`, "no");
}
