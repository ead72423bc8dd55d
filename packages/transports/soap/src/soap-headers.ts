import type { Problem, WireValue } from "@syncline/core/spi";
import { type HeaderValue, merged, withoutSecrets, withRow } from "./header-values.ts";
import { type Misfit, Pen, type Writable } from "./schema/write-element.ts";
import type { Operation, OperationHeader } from "./wsdl/operations.ts";

type Values = { readonly [element: string]: unknown };

/** One element of SOAP's header, its secrets still to be put in. */
export interface HeaderElement {
  readonly header: OperationHeader;
  readonly operation: Operation;
  readonly value: Writable;
}

/** What a call has in SOAP's header, of what its operation's binding declares. What the downstream sets wins. */
export class HeaderPlan {
  readonly #operation: Operation;
  readonly #ofDownstream: Values;
  readonly #ofStrategy: Values;

  constructor(
    operation: Operation,
    ofDownstream: { readonly [element: string]: HeaderValue } = {},
    ofStrategy: Values = {},
  ) {
    this.#operation = operation;
    this.#ofDownstream = ofDownstream;
    this.#ofStrategy = ofStrategy;
  }

  /** What can be seen without a row and without secrets. */
  problems(): readonly Problem[] {
    const known = this.#operation.headers.map(({ element }) => element.name);
    const unknown = Object.keys(this.#ofStrategy)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        at: `options.header.${name}`,
        message: `is no header of ${this.#operation.path}; it has ${known.join(", ") || "none"}`,
      }));
    const misfits = this.elements(undefined).flatMap((one) =>
      this.misfits(one).map(({ field, reason }) => ({ at: `options.header.${field}`, message: reason })),
    );
    return [...unknown, ...misfits];
  }

  elements(row: WireValue | undefined): readonly HeaderElement[] {
    const operation = this.#operation;
    return operation.headers.flatMap((header) => {
      const { name } = header.element;
      const [shared, own] = [valueAt(this.#ofDownstream, name), valueAt(this.#ofStrategy, name)];
      if (shared === undefined && own === undefined) return [];
      const value = merged(withRow(own, row), shared as Writable);
      return value === undefined ? [] : [{ header, operation, value }];
    });
  }

  /** What does not fit, but for what is missing: secrets are. */
  misfits({ header, operation, value }: HeaderElement): readonly Misfit[] {
    const pen = new Pen({ isPart: true, shapes: operation.shapes });
    const known = withoutSecrets(value);
    if (known !== undefined) pen.writeRoot(header.element, known);
    return pen.misfits.map(({ field, reason }) => ({ field: placeOf(header, field), reason }));
  }
}

/** As it stands in the envelope, once its secrets are in; or what does not fit. */
export function writtenHeader({ header, operation }: HeaderElement, value: Writable): string | Misfit {
  const pen = new Pen({ shapes: operation.shapes, encoding: header.encoding });
  const text = pen.writeRoot(header.element, value);
  const [misfit] = pen.misfits;
  return misfit === undefined ? text : { ...misfit, field: placeOf(header, misfit.field) };
}

function placeOf({ element }: OperationHeader, field: string): string {
  return field === "the document" ? element.name : `${element.name}.${field}`;
}

function valueAt(values: Values, name: string): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
