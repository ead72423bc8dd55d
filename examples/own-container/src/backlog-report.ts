import type { Pipeline } from "@syncline/core";
import type { PgTransaction } from "@syncline/postgres";
import { inject, injectable } from "inversify";
import { SHOP } from "./tokens.ts";

/** Another service: what an operator of the application sees. */
@injectable()
export class BacklogReport {
  readonly #pipeline: Pipeline<PgTransaction>;

  constructor(@inject(SHOP.Pipeline) pipeline: Pipeline<PgTransaction>) {
    this.#pipeline = pipeline;
  }

  /** Nothing is recorded, due or on its way. */
  async isEmpty(): Promise<boolean> {
    const { changes, strategies } = await this.#pipeline.status();
    return changes === 0 && strategies.every(({ due, leased, waiting }) => due + leased + waiting === 0);
  }
}
