/** Oracle's NUMBER: an exponent of 100 with its sign, then digits to the base of 100, most significant first. */
const mostPairs = 20;
const endOfNegative = 102;

export function encodeNumber(text: string): Buffer {
  const { negative, pairs, exponent } = inPairs(text);
  if (pairs.length === 0) return Buffer.of(0x80);
  if (pairs.length > mostPairs) throw new RangeError(`${text} has more digits than a NUMBER.`);
  const first = 193 + exponent;
  if (!negative) return Buffer.from([first, ...pairs.map((pair) => pair + 1)]);
  const end = pairs.length < mostPairs ? [endOfNegative] : [];
  return Buffer.from([first ^ 0xff, ...pairs.map((pair) => 101 - pair), ...end]);
}

/** Plain digits: without an exponent, and without zeros that say nothing. */
export function decodeNumber(bytes: Buffer): string {
  const [first = 0, ...rest] = bytes;
  const positive = (first & 0x80) !== 0;
  if (rest.length === 0) return positive ? "0" : `-1${"0".repeat(126)}`;
  if (!positive && rest.at(-1) === endOfNegative) rest.pop();
  const digits = rest.map((byte) => String(positive ? byte - 1 : 101 - byte).padStart(2, "0")).join("");
  const point = ((positive ? first : first ^ 0xff) - 193 + 1) * 2;
  const whole =
    point <= 0
      ? "0"
      : digits
          .slice(0, point)
          .padEnd(point, "0")
          .replace(/^0+(?=\d)/, "");
  const fraction = (point < 0 ? "0".repeat(-point) + digits : digits.slice(Math.max(0, point))).replace(/0+$/, "");
  return `${positive ? "" : "-"}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function inPairs(text: string) {
  const [, sign = "", digits = "", decimals = "", power = "0"] =
    /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (digits + decimals === "") throw new TypeError(`"${text}" is no number.`);
  const all = digits + decimals;
  const point = digits.length + Number(power);
  const padded = `${point % 2 === 0 ? "" : "0"}${all}`;
  const pairs = (padded.match(/..?/g) ?? []).map((pair) => Number(pair.padEnd(2, "0")));
  let exponent = Math.ceil(point / 2) - 1;
  while (pairs[0] === 0) {
    pairs.shift();
    exponent -= 1;
  }
  while (pairs.at(-1) === 0) pairs.pop();
  return { negative: sign === "-", pairs, exponent };
}
