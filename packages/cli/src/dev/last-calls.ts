import type { CallSource, InspectedCall } from "@syncline/console";
import type { SeenCall } from "./inspect-calls.ts";

const mostCalls = 200;
/** Of all that are kept: a call may have thousands of rows. */
const mostBytes = 32 * 1_048_576;

/** The last calls, for whoever opens the console. The newest is kept whatever its size. */
export class LastCalls implements CallSource {
  readonly sends: boolean;
  readonly #calls: { readonly call: InspectedCall; readonly bytes: number }[] = [];
  #bytes = 0;
  #last = 0;

  constructor(sends: boolean) {
    this.sends = sends;
  }

  add({ at, ...call }: SeenCall, downstream: string | undefined): void {
    this.#last += 1;
    const bytes = 2 * JSON.stringify([call.request, call.keys]).length;
    this.#calls.unshift({ call: { ...call, at: Date.parse(at), id: String(this.#last), downstream }, bytes });
    this.#bytes += bytes;
    while (this.#calls.length > 1 && (this.#calls.length > mostCalls || this.#bytes > mostBytes))
      this.#bytes -= this.#calls.pop()?.bytes ?? 0;
  }

  list(): readonly InspectedCall[] {
    return this.#calls.map(({ call }) => call);
  }
}
