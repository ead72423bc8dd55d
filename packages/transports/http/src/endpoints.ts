import type { WireValue } from "@syncline/core/spi";
import type { Format } from "./body-options.ts";
import { BodyWriter } from "./body-writer.ts";
import type { ConflictRules } from "./conflict.ts";
import { type HeaderPlan, planHeaders } from "./header-template.ts";
import { type PathTemplate, parsePathTemplate } from "./path-template.ts";
import { StandingHeaders } from "./standing-headers.ts";
import type { HttpAnswerRules, HttpStrategyOptions } from "./strategy-options.ts";

/** One way of telling the downstream something. */
export interface Endpoint {
  readonly method: string;
  readonly path: PathTemplate;
  readonly writer: BodyWriter;
  readonly answer: HttpAnswerRules | undefined;
  readonly headers: HeaderPlan;
  readonly standing: StandingHeaders;
  readonly conflict: ConflictRules | undefined;
  /** Where a conflict is looked at. */
  readonly reading: PathTemplate;
}

/** The parts of a strategy, or of a call, that say how it is sent. */
export interface SendingParts {
  readonly path: string;
  readonly method: string | undefined;
  readonly options: { readonly [name: string]: WireValue };
}

export function upsertEndpoint(parts: SendingParts): Endpoint {
  const options = parts.options as HttpStrategyOptions;
  const path = parsePathTemplate(parts.path, options.slashes);
  return {
    method: parts.method ?? "POST",
    path,
    writer: new BodyWriter(options, options, options.format ?? "json", true),
    answer: options.answer,
    ...headersOf(planHeaders(options.headers)),
    ...conflictOf(options, path),
  };
}

/** Whether a body says by itself that it is a delete. */
export function describesItself(options: HttpStrategyOptions): boolean {
  return options.envelope === true || options.format === "cloudevents";
}

/** What says by itself that it is a delete goes where everything goes. */
export function deleteEndpoint(parts: SendingParts): Endpoint {
  const options = parts.options as HttpStrategyOptions;
  const method = options.delete?.method ?? (describesItself(options) ? (parts.method ?? "POST") : "DELETE");
  // Many servers and proxies refuse or drop the body of a DELETE; any other method says nothing without one.
  const hasBody = method !== "DELETE" || describesItself(options);
  const path = parsePathTemplate(options.delete?.path ?? parts.path, options.slashes);
  return {
    method,
    path,
    writer: new BodyWriter(options, options.delete ?? {}, deleteFormat(options), hasBody),
    answer: options.delete?.answer ?? (path.fields.length > 0 ? ofOneItem(options.answer) : options.answer),
    ...headersOf(planHeaders(options.headers, options.delete?.headers)),
    ...conflictOf(options, path),
  };
}

function headersOf(headers: HeaderPlan): Pick<Endpoint, "headers" | "standing"> {
  return { headers, standing: new StandingHeaders(headers.fixed) };
}

function conflictOf({ onConflict, slashes }: HttpStrategyOptions, path: PathTemplate) {
  const own = onConflict?.read?.path;
  return { conflict: onConflict, reading: own === undefined ? path : parsePathTemplate(own, slashes) };
}

/** Deletes that go one by one are answered with no list, though upserts are. */
function ofOneItem(answer: HttpAnswerRules | undefined): HttpAnswerRules | undefined {
  if (answer?.items === undefined) return answer;
  const { items, lines, ...others } = answer;
  return others;
}

/** A form or XML is for upserts' documents too. */
export function deleteFormat(options: HttpStrategyOptions): Format {
  return options.delete?.format ?? options.format ?? "json";
}
