/** Ten to this power, and every lower one, is a double exactly. */
const largestExactPower = 22;

/**
 * The digits of a decimal that the driver has read as a double, `undefined` if the double may have lost some.
 *
 * The driver computes digits ÷ 10^scale. Where the digits are below 2⁵² and 10^scale is exact, that is the double next to
 * the decimal, and nearer to it than half a unit of its last place: `toFixed` gives the decimal back.
 */
export function exactDecimal(value: number, scale: number): string | undefined {
  if (value === 0) return (0).toFixed(scale);
  if (scale > largestExactPower || Math.abs(value) * 10 ** scale >= 2 ** 52) return undefined;
  return value.toFixed(scale);
}
