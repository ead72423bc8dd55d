type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
type Lower =
  | ("a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m")
  | ("n" | "o" | "p" | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z");
type NameStart = Lower | Uppercase<Lower> | "_";
type NamePart = NameStart | Digit;

/** The name at the beginning of a text, `""` if there is none. */
type LeadingName<Text extends string, Name extends string = ""> = Text extends `${infer Head}${infer Rest}`
  ? Head extends (Name extends "" ? NameStart : NamePart)
    ? LeadingName<Rest, `${Name}${Head}`>
    : Name
  : Name;

/** A text without what stands inside of a kind of quotes. With an odd quote, what follows it is dropped. */
type Unquoted<
  Text extends string,
  Quote extends string,
  Kept extends string = "",
> = Text extends `${infer Before}${Quote}${infer Rest}`
  ? Rest extends `${string}${Quote}${infer After}`
    ? Unquoted<After, Quote, `${Kept}${Before} `>
    : `${Kept}${Before}`
  : `${Kept}${Text}`;

/** The first parameter that is no field; `never` if all are. */
type UnknownParameter<Text extends string, Field extends string> = Text extends `${infer Before}:${infer Rest}`
  ? Rest extends `:${infer After}`
    ? UnknownParameter<After, Field>
    : Before extends `${string}--${string}`
      ? never
      : LeadingName<Rest> extends infer Name extends string
        ? Name extends "" | Field
          ? UnknownParameter<Rest, Field>
          : Name
        : never
  : never;

/**
 * The template itself if its parameters are all key fields, or if it is not a literal; otherwise a text that says which
 * one is not, which the compiler then names as the type it wanted. It looks no closer than types can: where a comment or
 * a dollar quote may hide something, it says nothing. The scanner, at start, decides.
 */
export type CheckedTemplate<Query extends string, Field extends string> = string extends Query
  ? Query
  : Query extends `${string}${"/*" | "$$"}${string}`
    ? Query
    : [UnknownParameter<Unquoted<Unquoted<Query, "'">, '"'>, Field>] extends [never]
      ? Query
      : `The template's parameter :${UnknownParameter<Unquoted<Unquoted<Query, "'">, '"'>, Field>} is not a key field of the category`;
