/** What was asked for cannot be done, in words for people. Anything else that is thrown is a bug. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
