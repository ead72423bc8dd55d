import { readFile, stat } from "node:fs/promises";
import type { Failure, Problem } from "@syncline/core/spi";
import { failure, shownUrl, unlessAborted, visibleText } from "@syncline/core/transport-kit";
import {
  charsetOf,
  classifyFault,
  classifyStatus,
  credentialFailure,
  type HttpDownstream,
  openDownstream,
  prepareDownstream,
  unpackedBody,
} from "@syncline/http-client";
import { addressProblems, httpOptions, type SoapOptions } from "./options.ts";
import { MissingFileError, readDocuments, tooLarge, WsdlError } from "./wsdl/documents.ts";
import { type Contract, contractOf } from "./wsdl/operations.ts";
import { decodeXml } from "./xml/decode-xml.ts";
import { XmlError } from "./xml/read-xml.ts";

type Loaded = { readonly contract: Contract } | { readonly problems: readonly Problem[] } | { readonly away: Failure };

export type Ready = { readonly contract: Contract } | { readonly failure: Failure };

/** The WSDL cannot be had at present; it may be there later. */
class AwayError extends Error {
  override readonly name = "AwayError";
  readonly failure: Failure;

  constructor(reason: Failure) {
    super(reason.message);
    this.failure = reason;
  }
}

// For all documents together.
const loadingMs = 30_000;
// A host that does not answer holds up no other downstream's start; the reading goes on beside it.
const startingMs = 2_000;

/**
 * What one downstream needs to be called: its contract, and a client for each address. All of it
 * comes on first use. A file's contract is the operator's: it is read once, and what is wrong with
 * it stops the start. What comes by network holds whoever needs it, no more, and is asked for
 * again.
 */
export class Connection {
  readonly #options: SoapOptions;
  readonly #downstreams = new Map<string, HttpDownstream>();
  readonly #closing = new AbortController();
  readonly #isRemote: boolean;
  #contract: Contract | undefined;
  #loading: Promise<Loaded> | undefined;
  #refused: readonly Problem[] | undefined;

  constructor(options: SoapOptions) {
    this.#options = options;
    this.#isRemote = isUrl(options?.wsdl ?? "");
  }

  get contract(): Contract | undefined {
    return this.#contract;
  }

  /**
   * What strategies are checked against when the pipeline starts: a file's, never what a network
   * answers today.
   */
  get ownContract(): Contract | undefined {
    return this.#isRemote ? undefined : this.#contract;
  }

  /** `Transport.prepare`: a file must be there; what a URL answers is for the calls to tell. */
  async prepare(signal: AbortSignal): Promise<readonly Problem[]> {
    const problems = await prepareDownstream(this.#options);
    if (problems.length > 0) return problems;
    const patience = this.#isRemote ? AbortSignal.any([signal, AbortSignal.timeout(startingMs)]) : signal;
    const loaded = await unlessAborted(this.#load(), patience);
    return !this.#isRemote && loaded !== undefined && "problems" in loaded ? loaded.problems : [];
  }

  /** `undefined` if the signal fired first. */
  async ready(signal: AbortSignal): Promise<Ready | undefined> {
    if (this.#contract !== undefined) return { contract: this.#contract };
    const loaded = await unlessAborted(this.#load(), signal);
    if (loaded === undefined || "contract" in loaded) return loaded;
    if ("away" in loaded) return { failure: { ...loaded.away, effect: "no" } };
    const words = loaded.problems.map(({ at, message }) => `${at} ${message}`).join("; ");
    return { failure: failure("misconfigured", "soap.wsdl", words, "no") };
  }

  /**
   * Something did not fit the contract, which may have changed where it came from. The known one
   * stays until there is another.
   */
  async renew(signal: AbortSignal): Promise<void> {
    if (this.#isRemote && this.#contract !== undefined) await unlessAborted(this.#load(), signal);
  }

  /** The client for an address that the options or the WSDL name; opened once for each origin. */
  downstreamAt(address: string): HttpDownstream {
    const { origin } = new URL(address);
    const kept = this.#downstreams.get(origin);
    if (kept !== undefined) return kept;
    const made = openDownstream(httpOptions(this.#options, address), {});
    this.#downstreams.set(origin, made);
    return made;
  }

  scrub(text: string): string {
    return [...this.#downstreams.values()].reduce((clean, { keeper }) => keeper.scrub(clean), text);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#downstreams.values()].map((downstream) => downstream.close()));
  }

  /** One reading at a time, however many calls wait for it. */
  #load(): Promise<Loaded> {
    if (!this.#isRemote && this.#contract !== undefined) return Promise.resolve({ contract: this.#contract });
    if (!this.#isRemote && this.#refused !== undefined) return Promise.resolve({ problems: this.#refused });
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadOnce(): Promise<Loaded> {
    const { wsdl, soapVersion = "1.1", imports } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(loadingMs), this.#closing.signal]);
    try {
      const read = (location: string, mostBytes: number) => this.#read(location, mostBytes, signal);
      const documents = await readDocuments(wsdl, read, imports);
      const contract = contractOf(documents, soapVersion);
      const problems = [...this.addressProblems(contract.address), ...this.#headerProblems(contract)];
      if (problems.length === 0) this.#contract = contract;
      else this.#refused = problems;
      return problems.length === 0 ? { contract } : { problems };
    } catch (error) {
      if (error instanceof AwayError) return { away: error.failure };
      const words = error instanceof WsdlError ? error.message : "cannot be understood";
      this.#refused = [{ at: "wsdl", message: visibleText(this.scrub(words), 1_000) }];
      return { problems: this.#refused };
    }
  }

  /**
   * What is wrong with an address that the WSDL gives to a port. Credentials go where the options
   * say, or the file that stands beside them: not where an answer says.
   */
  addressProblems(address: string | undefined): readonly Problem[] {
    const { wsdl, endpoint } = this.#options;
    if (endpoint !== undefined) return [];
    if (address === undefined)
      return [{ at: "endpoint", message: "is missing: the WSDL does not say where the service is" }];
    const problems = addressProblems(this.#options, address, "wsdl");
    if (problems.length > 0) {
      return problems.map(({ message }) => ({
        at: "wsdl",
        message: `names an address for its service that ${message}; \`endpoint\` overrides it`,
      }));
    }
    if (!isUrl(wsdl) || new URL(address).origin === new URL(wsdl).origin) return [];
    return [
      {
        at: "endpoint",
        message: `is missing: the WSDL says ${new URL(address).origin}, which is not where it came from`,
      },
    ];
  }

  #headerProblems({ headers }: Contract): readonly Problem[] {
    const known = [...headers].slice(0, 20).join(", ") || "none";
    return Object.keys(this.#options.header ?? {}).flatMap((name) =>
      headers.has(name)
        ? []
        : [{ at: `header.${name}`, message: `is no header of any operation; there are: ${known}` }],
    );
  }

  async #read(location: string, mostBytes: number, signal: AbortSignal): Promise<string> {
    if (isUrl(location)) return this.#fetch(new URL(location), mostBytes, signal);
    try {
      const { size } = await stat(location);
      if (size > mostBytes) throw tooLarge(location);
      return decoded(await readFile(location), location);
    } catch (error) {
      if (error instanceof WsdlError) throw error;
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      const words = `cannot be read: ${shownUrl(location)} (${code})`;
      throw code === "ENOENT" ? new MissingFileError(words) : new WsdlError(words);
    }
  }

  /** As the downstream is called: the same proxy, policy, authorities and credentials. */
  async #fetch(url: URL, mostBytes: number, signal: AbortSignal): Promise<string> {
    const { client, credentials, keeper } = this.downstreamAt(url.href);
    const headers = await Promise.resolve()
      .then(() => credentials.get())
      .catch((error: unknown) => {
        throw new AwayError(credentialFailure(error, (text) => keeper.scrub(text)));
      });
    const answer = await client.request({
      method: "GET",
      path: url.pathname + url.search,
      headers,
      body: undefined,
      signal,
      maxAnswerBytes: mostBytes,
      bodyWaitMs: undefined,
    });
    // Without a WSDL no call comes to look again for secrets that were rotated.
    if ("fault" in answer || answer.status >= 300) {
      credentials.refused("status" in answer && answer.status === 401 ? headers : {});
    }
    if ("fault" in answer) throw this.#awayBy(classifyFault(answer), url);
    if (answer.truncated && answer.body.length >= mostBytes) throw tooLarge(url.href);
    if (answer.truncated) throw new AwayError(failure("unavailable", "soap.wsdl", "the WSDL broke off", "no"));
    if (answer.status >= 200 && answer.status < 300) {
      const bytes = unpackedBody(answer, mostBytes);
      if (bytes === undefined) throw new WsdlError(`cannot be unpacked, or is too large then: ${shownUrl(url.href)}`);
      return decoded(bytes, url.href, charsetOf(answer.headers["content-type"]));
    }
    const verdict = classifyStatus(answer.status, answer.headers, {}, Date.now());
    if (verdict === "accepted") throw new WsdlError(`cannot be read: ${shownUrl(url.href)} answered ${answer.status}`);
    throw this.#awayBy(verdict, url);
  }

  #awayBy(reason: Failure, url: URL): Error {
    if (reason.kind === "misconfigured" || reason.kind === "rejected")
      return new WsdlError(`cannot be read: ${shownUrl(url.href)} ${reason.message}`);
    return new AwayError({ ...reason, message: `the WSDL cannot be had: ${reason.message}` });
  }
}

/** Also of options that nobody has checked yet. */
const isUrl = (text: unknown): boolean => typeof text === "string" && /^https?:/i.test(text);

function decoded(bytes: Uint8Array, location: string, charset?: string): string {
  try {
    return decodeXml(bytes, charset, true);
  } catch (error) {
    throw new WsdlError(`${error instanceof XmlError ? error.message : "cannot be read"}: ${shownUrl(location)}`);
  }
}
