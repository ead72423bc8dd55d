interface SparklineProps {
  /** The newest last; `null`: not known. */
  readonly values: readonly (number | null)[] | undefined;
  readonly label: string;
  readonly kind: "age" | "rate" | "errors";
  readonly show: (value: number) => string;
  readonly large?: boolean;
}

/** A line with gaps where nothing is known; what it says is in words, too. */
export function Sparkline({ values = [], label, kind, show, large = false }: SparklineProps) {
  const [width, height] = large ? [480, 80] : [96, 24];
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span class="quiet">–</span>;
  const most = Math.max(...known, 0);
  const step = width / Math.max(1, values.length - 1);
  const place = (value: number, at: number) =>
    `${(at * step).toFixed(1)},${(height - 2 - (most === 0 ? 0 : (value / most) * (height - 5))).toFixed(1)}`;
  const newest = known.at(-1) ?? 0;
  const words = `${label}: now ${show(newest)}, at most ${show(most)}`;
  return (
    <svg
      class={`spark ${kind}`}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={words}
      preserveAspectRatio="none"
    >
      <title>{words}</title>
      {runsOf(values).map((run) => {
        const points = run.map(({ value, at }) => place(value, at));
        // One point alone would be no line.
        const [{ value, at } = { value: 0, at: 0 }] = run;
        return <polyline key={at} points={[place(value, at - 0.5), ...points].join(" ")} />;
      })}
    </svg>
  );
}

type Point = { readonly value: number; readonly at: number };

function runsOf(values: readonly (number | null)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [];
  values.forEach((value, at) => {
    if (value === null) return;
    if (at === 0 || values[at - 1] === null) runs.push([]);
    runs.at(-1)?.push({ value, at });
  });
  return runs;
}
