/** Of this package; a test holds it to package.json. */
export const coreVersion = "0.1.0";

/** Whether a release is older than another; `undefined`: one of them is none (`1.2.3`, `1.2.3-rc.1`). */
export function isOlder(one: string, other: string): boolean | undefined {
  const [ours, theirs] = [one, other].map((text) => /^(\d+)\.(\d+)\.(\d+)(-[\w.-]+)?$/.exec(text));
  if (ours === undefined || theirs === undefined || ours === null || theirs === null) return undefined;
  for (const part of [1, 2, 3]) {
    const difference = Number(ours[part]) - Number(theirs[part]);
    if (difference !== 0) return difference < 0;
  }
  // A pre-release comes before its release.
  return ours[4] !== undefined && theirs[4] === undefined;
}
