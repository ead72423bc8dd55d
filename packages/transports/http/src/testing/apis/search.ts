import { type Api, isJson, json, last, lines, type Reply } from "./api.ts";

interface Kept {
  readonly version: bigint;
  readonly document: unknown;
}

/** Versions of deleted documents are remembered for a while, as Elasticsearch does. */
export const elasticsearch: Api = {
  document: (id) => ({ name: `n${id}` }),
  answer: ({ method, url, headers, text }, { taken, isBad, isOmitted, order }) => {
    if (method !== "POST" || url !== "/items/_bulk" || headers["content-type"] !== "application/x-ndjson")
      return { status: 406 };
    if (!text.endsWith("\n")) return { status: 400, body: { error: { type: "illegal_argument_exception" } } };
    const given = lines<object>(text);
    const items: object[] = [];
    for (let at = 0; at < given.length; at += 1) {
      const [[action = "", meta] = []] = Object.entries(given[at] ?? {});
      const { _id: id, version } = meta as unknown as { _id: string; version: number };
      const document = action === "delete" ? undefined : given[++at];
      if (isOmitted(id)) continue;
      const kept = taken.get(id) as Kept | undefined;
      const say = (status: number, more: object) =>
        items.push({ [action]: { _index: "items", _id: id, status, ...more } });
      if (isBad(id)) say(400, { error: { type: "document_parsing_exception", reason: `[1:9] failed: ${id}` } });
      else if (kept !== undefined && kept.version > BigInt(version))
        say(409, { error: { type: "version_conflict_engine_exception" } });
      else if (action === "delete") say(taken.delete(id) ? 200 : 404, { result: "deleted" });
      else {
        say(kept === undefined ? 201 : 200, { result: "created" });
        taken.set(id, { version: BigInt(version), document });
      }
    }
    return { status: 200, body: { took: 3, errors: true, items: order(items) } };
  },
};

export const typesense: Api = {
  document: (id) => ({ id, name: `n${id}` }),
  answer: ({ method, url, text }, { taken, isBad, isOmitted }): Reply => {
    if (method === "DELETE") {
      const id = last(url);
      if (isOmitted(id)) return { status: 200, body: {} };
      return taken.delete(id)
        ? { status: 200, body: { id } }
        : { status: 404, body: { message: "Could not find it." } };
    }
    if (url !== "/collections/items/documents/import?action=upsert") return { status: 404 };
    const results = lines<{ id: string }>(text).flatMap((document) => {
      const id = String(document.id);
      if (isOmitted(id)) return [];
      if (isBad(id)) return [{ success: false, error: "Bad JSON", code: 400, document: JSON.stringify(document) }];
      taken.set(id, document);
      return [{ success: true }];
    });
    return { status: 200, body: results.map((result) => JSON.stringify(result)).join("\n") };
  },
};

export const meilisearch: Api = {
  refusesWhole: true,
  isSilent: true,
  document: (id) => ({ id, name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted }) => {
    if (!isJson(request) || request.method !== "POST") return { status: 415 };
    const given = json<(string | { id: string })[]>(request.text);
    const isDelete = request.url === "/indexes/items/documents/delete-batch";
    if (!isDelete && request.url !== "/indexes/items/documents?primaryKey=id") return { status: 404 };
    if (!Array.isArray(given)) return { status: 400, body: { code: "malformed_payload" } };
    const ids = given.map((one) => (typeof one === "string" ? one : one.id));
    if (ids.some(isBad)) return { status: 400, body: { code: "invalid_document_id", type: "invalid_request" } };
    for (const [at, id] of ids.entries()) {
      if (isOmitted(id)) continue;
      if (isDelete) taken.delete(id);
      else taken.set(id, given[at]);
    }
    return {
      status: 202,
      body: { taskUid: 1, indexUid: "items", status: "enqueued", type: "documentAdditionOrUpdate" },
    };
  },
};

export const algolia: Api = {
  refusesWhole: true,
  document: (id) => ({ objectID: id, name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted, order }) => {
    const { url, headers, text } = request;
    if (headers["x-algolia-application-id"] !== "planted" || headers["x-algolia-api-key"] !== "planted")
      return { status: 403, body: { message: "Invalid Application-ID or API key", status: 403 } };
    if (url !== "/1/indexes/items/batch" || !isJson(request)) return { status: 404 };
    const { requests } = json<{ requests: { action: string; body: { objectID: string } }[] }>(text);
    if (requests.some(({ body }) => isBad(body.objectID)))
      return { status: 400, body: { message: "Record is too big" } };
    const objectIDs = requests.flatMap(({ action, body }) => {
      if (isOmitted(body.objectID)) return [];
      if (action === "deleteObject") taken.delete(body.objectID);
      else if (action === "updateObject") taken.set(body.objectID, body);
      return [body.objectID];
    });
    return { status: 200, body: { taskID: 1, objectIDs: order(objectIDs) } };
  },
};
