/** The package has types, and does not export them. */
declare module "xspattern" {
  export function compile(pattern: string, options?: { readonly language: "xsd" }): (text: string) => boolean;
}
