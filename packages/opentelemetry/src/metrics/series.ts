import type { MetricDefinition } from "./definitions.ts";

export interface Attributes {
  readonly [name: string]: string;
}

/** A value of one series. Mutable, so that whoever counts often keeps it. */
export interface Point {
  readonly attributes: Attributes;
  value: number;
}

export interface HistogramPoint {
  readonly attributes: Attributes;
  /** One more than there are boundaries: the last has what is beyond. */
  readonly counts: number[];
  sum: number;
  count: number;
}

export interface Metric<Of = Point | HistogramPoint> {
  readonly definition: MetricDefinition;
  readonly points: readonly Of[];
}

/** Series that one metric may have; what comes after them is counted together, as `_other`. */
export const mostSeries = 2_000;
const other = "_other";

/** The series of one metric, by the values of its attributes. */
abstract class SeriesOf<Of> {
  readonly definition: MetricDefinition;
  readonly #byValues = new Map<string, Of>();

  constructor(definition: MetricDefinition) {
    this.definition = definition;
  }

  protected abstract make(attributes: Attributes): Of;

  /** `""`: the series has not this attribute. */
  at(...values: readonly string[]): Of {
    const id = values.length === 1 ? (values[0] ?? "") : values.join("\u0000");
    const known = this.#byValues.get(id);
    if (known !== undefined) return known;
    const isFull = this.#byValues.size >= mostSeries && values[0] !== other;
    return isFull ? this.at(...this.definition.attributes.map(() => other)) : this.#add(id, values);
  }

  get points(): readonly Of[] {
    return [...this.#byValues.values()];
  }

  #add(id: string, values: readonly string[]): Of {
    const { attributes: names } = this.definition;
    const pairs = names.flatMap((name, index) => {
      const value = values[index] ?? "";
      return value === "" ? [] : [[name, value] as const];
    });
    const point = this.make(Object.fromEntries(pairs));
    this.#byValues.set(id, point);
    return point;
  }
}

export class Counter extends SeriesOf<Point> {
  /** Without attributes it is there from the beginning, as 0: a rate needs to see it rise. */
  constructor(definition: MetricDefinition) {
    super(definition);
    if (definition.attributes.length === 0) this.at();
  }

  protected make(attributes: Attributes): Point {
    return { attributes, value: 0 };
  }

  add(count: number, ...values: readonly string[]): void {
    this.at(...values).value += count;
  }
}

/** Hears of every value of a histogram. */
export type OnRecord = (definition: MetricDefinition, value: number, attributes: Attributes) => void;

export class Histogram extends SeriesOf<HistogramPoint> {
  readonly #boundaries: readonly number[];
  readonly #onRecord: OnRecord | undefined;

  constructor(definition: MetricDefinition, onRecord?: OnRecord) {
    super(definition);
    this.#boundaries = definition.boundaries ?? [];
    this.#onRecord = onRecord;
  }

  protected make(attributes: Attributes): HistogramPoint {
    return { attributes, counts: new Array(this.#boundaries.length + 1).fill(0), sum: 0, count: 0 };
  }

  record(value: number, ...values: readonly string[]): void {
    this.put(this.at(...values), value);
  }

  put(point: HistogramPoint, value: number): void {
    let place = 0;
    while (place < this.#boundaries.length && value > (this.#boundaries[place] ?? 0)) place += 1;
    point.counts[place] = (point.counts[place] ?? 0) + 1;
    point.sum += value;
    point.count += 1;
    this.#onRecord?.(this.definition, value, point.attributes);
  }
}
