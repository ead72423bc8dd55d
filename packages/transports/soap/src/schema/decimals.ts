/** A JavaScript number in the digits of XML Schema's decimals, which know no exponent. */
export function plainDigits(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return point >= digits.length
    ? sign + digits.padEnd(point, "0")
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

export function isDecimal(text: string): boolean {
  return decimal.test(text);
}

/** Below, at or above 0 as with sorting; exact for any number of digits. Both are decimals. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  const scale = Math.max(left.fraction.length, right.fraction.length);
  const [x, y] = [scaled(left, scale), scaled(right, scale)];
  return x < y ? -1 : Number(x > y);
}

export function digitsOf(text: string): { readonly total: number; readonly fraction: number } {
  const { whole, fraction } = partsOf(text);
  const significant = fraction.replace(/(?<!0)0+$/, "");
  return { total: whole.replace(/^0+/, "").length + significant.length, fraction: significant.length };
}

interface Parts {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

function partsOf(text: string): Parts {
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  return { negative: text.startsWith("-"), whole, fraction };
}

function scaled({ negative, whole, fraction }: Parts, scale: number): bigint {
  const value = BigInt(`0${whole}${fraction.padEnd(scale, "0")}`);
  return negative ? -value : value;
}
