const tag = /^(?:W\/)?"([^"]*)"$/;
const whole = /^-?\d{1,100}$/;
const instant = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d\d:\d\d)$/;

/**
 * Negative if `left` is older than `right`, 0 if they are the same. Entity tags count as what they
 * quote. Whole numbers, times with a zone, and what is equal as text can be compared; otherwise
 * `undefined`.
 */
export function compareVersions(left: string, right: string): number | undefined {
  const [one, other] = [bare(left), bare(right)];
  if (one === "" || other === "") return undefined;
  if (one === other) return 0;
  if (whole.test(one) && whole.test(other)) return order(BigInt(one), BigInt(other));
  const [moment, otherMoment] = [momentOf(one), momentOf(other)];
  return moment === undefined || otherMoment === undefined ? undefined : order(moment, otherMoment);
}

function bare(text: string): string {
  return (tag.exec(text.trim())?.[1] ?? text).trim();
}

/** In units of 10⁻¹² s: JavaScript's own dates end at milliseconds, and databases' do not. */
function momentOf(text: string): bigint | undefined {
  const [, day, time, fraction = "", zone] = instant.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000_000n + BigInt(fraction.padEnd(12, "0"));
}

function order(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
