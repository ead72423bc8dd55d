import { type Api, isJson, json, last } from "./api.ts";

const quoted = (url: string) =>
  decodeURIComponent(/\('?ext_id='(.*)'\)/.exec(url.replace("ext_id=", "'ext_id="))?.[1] ?? "").replaceAll("''", "'");

export const azureSearch: Api = {
  document: (id) => ({ id, name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted, order }) => {
    if (request.headers["api-key"] !== "planted") return { status: 403 };
    if (request.url !== "/indexes/items/docs/index?api-version=2024-07-01" || !isJson(request)) return { status: 404 };
    const { value } = json<{ value: { "@search.action"?: string; id: string }[] }>(request.text);
    const results = value.flatMap((document) => {
      const { id } = document;
      if (isOmitted(id)) return [];
      if (isBad(id)) return [{ key: id, status: false, errorMessage: `bad ${id}`, statusCode: 400 }];
      if (document["@search.action"] === "delete") taken.delete(id);
      else taken.set(id, document);
      return [{ key: id, status: true, errorMessage: "", statusCode: 200 }];
    });
    return { status: results.every(({ status }) => status) ? 200 : 207, body: { value: order(results) } };
  },
};

export const bigquery: Api = {
  hasNoDelete: true,
  isSilent: true,
  document: (id) => ({ id, name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted, order }) => {
    if (request.headers.authorization !== "Bearer planted") return { status: 401 };
    if (!request.url.endsWith("/tables/TABLE/insertAll") || !isJson(request)) return { status: 404 };
    const { rows } = json<{ rows: { insertId: string; json: { id: string } }[] }>(request.text);
    const isStopped = rows.some(({ json: { id } }) => isBad(id));
    const insertErrors = rows.flatMap(({ json: document, insertId }, index) => {
      const { id } = document;
      if (insertId !== `delivery-${id}-7` && insertId !== `delivery-${id}-9`) return [];
      if (isStopped) return [{ index, errors: [{ reason: isBad(id) ? "invalid" : "stopped", message: `bad ${id}` }] }];
      if (!isOmitted(id)) taken.set(id, document);
      return [];
    });
    const kind = "bigquery#tableDataInsertAllResponse";
    return { status: 200, body: { kind, ...(isStopped ? { insertErrors: order(insertErrors) } : {}) } };
  },
};

export const dataverse: Api = {
  document: (id) => ({ name: `n${id}` }),
  answer: ({ method, url, headers, text }, { taken, isBad, isOmitted }) => {
    if (headers.authorization !== "Bearer planted") return { status: 401 };
    const id = quoted(url);
    if (isOmitted(id)) return { status: 200, body: {} };
    if (isBad(id)) return { status: 400, body: { error: { code: "0x80048d19", message: `bad ${id}` } } };
    if (method === "DELETE") return { status: taken.delete(id) ? 204 : 404 };
    if (method !== "PATCH" || headers.prefer !== "return=representation" || headers["odata-version"] !== "4.0")
      return { status: 400 };
    taken.set(id, json(text));
    return { status: 200, body: { "@odata.etag": 'W/"1"', accountid: `guid-${id}` } };
  },
};

export const klaviyo: Api = {
  hasNoDelete: true,
  document: (id) => ({ external_id: id, email: `${id}@example.com` }),
  answer: ({ url, headers, text }, { taken, isBad, isOmitted }) => {
    if (headers.authorization !== "planted" || headers.revision !== "2024-10-15") return { status: 401 };
    if (url !== "/profile-import" || headers["content-type"] !== "application/vnd.api+json") return { status: 404 };
    const { data } = json<{ data: { type: string; attributes: { external_id: string } } }>(text);
    const id = data.attributes.external_id;
    if (data.type !== "profile" || isBad(id))
      return {
        status: 400,
        body: { errors: [{ code: "invalid", detail: `bad ${id}`, source: { pointer: "/data" } }] },
      };
    if (isOmitted(id)) return { status: 200, body: {} };
    taken.set(id, data.attributes);
    return { status: 201, body: { data: { type: "profile", id: `k-${id}` } } };
  },
};

export const mailchimp: Api = {
  document: (id) => ({ email_address: id, status_if_new: "subscribed" }),
  answer: ({ method, url, headers, text }, { taken, isBad, isOmitted }) => {
    if (headers.authorization !== `Basic ${Buffer.from("syncline:planted").toString("base64")}`) return { status: 401 };
    if (!url.startsWith("/lists/LIST/members/")) return { status: 404 };
    const id = last(url);
    if (isOmitted(id)) return { status: 200, body: {} };
    if (isBad(id)) return { status: 400, body: { title: "Invalid Resource", status: 400, detail: `bad ${id}` } };
    if (method === "DELETE") return { status: taken.delete(id) ? 204 : 404 };
    if (method !== "PUT") return { status: 405 };
    taken.set(id, json(text));
    return { status: 200, body: { id: "md5", email_address: id, status: "subscribed" } };
  },
};

export const slack: Api = {
  hasNoDelete: true,
  document: (id) => ({ text: `changed: ${id}` }),
  answer: ({ url, headers, text }, { taken, isBad, isOmitted }) => {
    if (headers.authorization !== "Bearer planted") return { status: 200, body: { ok: false, error: "invalid_auth" } };
    if (url !== "/chat.postMessage") return { status: 200, body: { ok: false, error: "unknown_method" } };
    const { channel, text: words } = json<{ channel: string; text: string }>(text);
    const id = words.replace("changed: ", "");
    if (channel !== "CHANNEL" || isOmitted(id)) return { status: 200, body: {} };
    if (isBad(id)) return { status: 200, body: { ok: false, error: "msg_too_long" } };
    taken.set(id, { text: words });
    return { status: 200, body: { ok: true, ts: "1.2", channel } };
  },
};

export const zendesk: Api = {
  hasNoDelete: true,
  document: (id) => ({ external_id: id, name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted }) => {
    if (request.headers.authorization !== "planted") return { status: 401 };
    if (request.url !== "/users/create_or_update" || !isJson(request)) return { status: 404 };
    const { user } = json<{ user: { external_id: string } }>(request.text);
    const id = user.external_id;
    if (isBad(id)) return { status: 422, body: { error: "RecordInvalid", description: `bad ${id}` } };
    if (isOmitted(id)) return { status: 200, body: {} };
    taken.set(id, user);
    return { status: 201, body: { user: { id: 1, external_id: id } } };
  },
};
