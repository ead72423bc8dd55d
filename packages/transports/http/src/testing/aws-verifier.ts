import { createHash, createHmac } from "node:crypto";
import type { Received } from "./server.ts";

const keyId = "AKIDEXAMPLE";

/**
 * As the service does, from its documentation alone: what is wrong with a request's signature;
 * `undefined` if nothing.
 */
export function awsProblem(
  { method, url, headers, bytes }: Pick<Received, "method" | "url" | "headers" | "bytes">,
  known: { readonly secret: string; readonly region: string; readonly service: string; readonly token?: string },
): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(.+)$/;
  const found = pattern.exec(headers.authorization ?? "");
  if (found === null) return "no signature";
  const [, id, day = "", region = "", service = "", names = "", signature] = found;
  if (id !== keyId || region !== known.region || service !== known.service) return "another scope";
  const date = String(headers["x-amz-date"]);
  if (!date.startsWith(day)) return "another day";
  if (headers["x-amz-security-token"] !== known.token) return "another session";
  const list = names.split(";");
  for (const name of Object.keys(headers))
    if ((name === "host" || name.startsWith("x-amz-")) && !list.includes(name)) return `${name} is not signed`;
  const bodyHash = createHash("sha256").update(bytes).digest("hex");
  if ((headers["x-amz-content-sha256"] ?? bodyHash) !== bodyHash) return "another body";
  const [path = "", search = ""] = url.split("?");
  const canonical = [
    method,
    path.split("/").map(encoded).join("/"),
    canonicalQuery(search),
    ...list.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    names,
    bodyHash,
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const mac = (key: string | Buffer, part: string) => createHmac("sha256", key).update(part).digest();
  const key = [day, region, service, "aws4_request"].reduce<Buffer | string>(mac, `AWS4${known.secret}`);
  return mac(key, text).toString("hex") === signature ? undefined : "another signature";
}

function canonicalQuery(search: string): string {
  const pairs = search === "" ? [] : search.split("&").map((pair) => pair.split("=").map(decodeURIComponent));
  return pairs
    .map(([name = "", value = ""]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
