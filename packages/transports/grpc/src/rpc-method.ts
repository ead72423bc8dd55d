import type { WireValue } from "@syncline/core/spi";

/** What does not fit a message. `field`: its place in the document, such as `customer.email`. */
export interface Misfit {
  readonly field: string;
  /** Never the value. */
  readonly reason: string;
}

export type EncodedItem = { readonly message: unknown } | { readonly misfit: Misfit };

/** Fields that every request has. */
export type Fixed = { readonly [field: string]: WireValue };

/** Where an item's message goes, and with what. */
export interface ItemPlace {
  /** The repeated field of the request that takes it; otherwise it is the request. */
  readonly list: string | undefined;
  /** Of the request: what is constant goes before the document. */
  readonly fixed?: Fixed | undefined;
  /** The field of the item's message that holds the strategy's columns, if it is not the message itself. */
  readonly columnsAt?: string | undefined;
}

/** One method of a service: documents to bytes, bytes to JSON. */
export interface RpcMethod {
  /** As on the wire: `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** What is wrong with constant fields, or with the name of a repeated field; a sentence, or `undefined`. */
  checkFixed(fixed: Fixed): string | undefined;
  checkList(field: string): string | undefined;
  /** What is wrong with the name of a field of the item's message; a sentence, or `undefined`. */
  checkItemField(field: string, list: string | undefined): string | undefined;
  /**
   * What is wrong if nothing can ever fill a required field; a sentence, or `undefined`. `itemFields`: all that an item's
   * message is made of, where that is known before there are rows.
   */
  checkRequired(place: ItemPlace, itemFields: readonly string[] | undefined): string | undefined;
  /**
   * Whether a place such as `customer.emails[2]` is one of the request's: what a server names is
   * not kept otherwise.
   */
  hasField(place: string): boolean;
  /** A document as a message of the request's type with its constant fields, or of the elements of its `list`. */
  encodeItem(document: WireValue, place: ItemPlace): EncodedItem;
  /** The request of one message, or of a list in its field. */
  request(message: unknown): Uint8Array;
  listRequest(list: string, messages: readonly unknown[], fixed: Fixed): Uint8Array;
  /**
   * An answer for rules: fields by their names in the file, those that were not sent with their defaults, enums by name, 64-bit
   * integers and bytes (base64) as texts. Throws if it is none.
   */
  decode(bytes: Uint8Array): unknown;
}
