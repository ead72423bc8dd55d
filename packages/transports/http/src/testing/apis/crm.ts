import { type Api, isJson, json, last } from "./api.ts";

type Input = {
  readonly id: string;
  readonly objectWriteTraceId: string;
  readonly properties: unknown;
  readonly idProperty?: string;
};

/** One of Salesforce's two. */
interface Bodies {
  readonly batchRequests: readonly { readonly method: string; readonly url: string }[];
  readonly records: readonly { readonly External_Id__c: string }[];
}

/** Graph's. */
interface Batched {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: { readonly "Content-Type": string };
  readonly body?: unknown;
}

function hubspotObjects(path: string, idProperty: string | undefined): Api {
  return {
    document: (id) => ({ firstname: `n${id}` }),
    answer: (request, { taken, isBad, isOmitted, order }) => {
      if (request.headers.authorization !== "Bearer planted") return { status: 401 };
      if (!isJson(request) || request.method !== "POST") return { status: 415 };
      const inputs = json<{ inputs: Input[] }>(request.text).inputs;
      if (inputs.length > 100) return { status: 400, body: { category: "VALIDATION_ERROR" } };
      if (request.url === "/crm/v3/objects/contacts/batch/archive") {
        const left = inputs.filter(({ id }) => isOmitted(id));
        if (left.length > 0) return { status: 200, body: { status: "PENDING" } };
        for (const { id } of inputs) taken.delete(id);
        return { status: 204 };
      }
      if (request.url !== path) return { status: 404 };
      const results: object[] = [];
      const errors: object[] = [];
      for (const { id, objectWriteTraceId, properties, ...more } of inputs) {
        if (more.idProperty !== idProperty || isOmitted(id)) continue;
        if (isBad(id)) {
          const context = { objectWriteTraceId: [objectWriteTraceId] };
          errors.push({
            status: "error",
            category: "VALIDATION_ERROR",
            message: `Property values were not valid: ${id}`,
            context,
          });
          continue;
        }
        taken.set(id, properties);
        results.push({ id: `hs-${id}`, objectWriteTraceId, properties: {}, new: false });
      }
      const body = { status: "COMPLETE", results: order(results) };
      return errors.length === 0
        ? { status: 200, body }
        : { status: 207, body: { ...body, numErrors: errors.length, errors: order(errors) } };
    },
  };
}

export const hubspot = hubspotObjects("/crm/v3/objects/contacts/batch/update", undefined);
export const hubspotByProperty: Api = {
  ...hubspotObjects("/crm/v3/objects/contacts/batch/upsert", "external_id"),
  hasNoDelete: true,
};

export const salesforce: Api = {
  document: (id) => ({ attributes: { type: "Account" }, External_Id__c: id, Name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted }) => {
    if (request.headers.authorization !== "Bearer planted")
      return { status: 401, body: [{ errorCode: "INVALID_SESSION_ID" }] };
    const body = json<Bodies>(request.text);
    if (request.method === "POST" && request.url === "/composite/batch") {
      const batch = body.batchRequests;
      if (batch.length > 25) return { status: 400, body: [{ errorCode: "LIMIT_EXCEEDED" }] };
      const results = batch.flatMap(({ method, url }): object[] => {
        const id = last(url);
        if (isOmitted(id)) return [];
        if (method !== "DELETE" || !url.startsWith("v60.0/sobjects/Account/External_Id__c/"))
          return [{ statusCode: 400, result: [{ errorCode: "BAD_REQUEST" }] }];
        return [
          taken.delete(id)
            ? { statusCode: 204, result: null }
            : {
                statusCode: 404,
                result: [{ errorCode: "NOT_FOUND", message: "Provided external ID field does not exist" }],
              },
        ];
      });
      return { status: 200, body: { hasErrors: true, results } };
    }
    if (request.method !== "PATCH" || request.url !== "/composite/sobjects/Account/External_Id__c")
      return { status: 404 };
    const { records } = body;
    if (records.length > 200) return { status: 400, body: [{ errorCode: "LIMIT_EXCEEDED" }] };
    const results = records.flatMap((record): object[] => {
      const id = record.External_Id__c;
      if (isOmitted(id)) return [];
      if (isBad(id))
        return [
          { success: false, errors: [{ statusCode: "STRING_TOO_LONG", message: `Name: ${id}`, fields: ["Name"] }] },
        ];
      taken.set(id, record);
      return [{ id: `001${id}`, success: true, errors: [], created: true }];
    });
    return { status: 200, body: results };
  },
};

export const graph: Api = {
  document: (id) => ({ displayName: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted, order }) => {
    if (request.headers.authorization !== "Bearer planted")
      return { status: 401, body: { error: { code: "InvalidAuthenticationToken" } } };
    if (request.url !== "/$batch" || request.method !== "POST" || !isJson(request)) return { status: 404 };
    const { requests } = json<{ requests: Batched[] }>(request.text);
    if (requests.length > 20 || new Set(requests.map(({ id }) => id)).size < requests.length) return { status: 400 };
    const responses = requests.flatMap(({ id, method, url, headers, body }): object[] => {
      const user = last(url);
      if (isOmitted(user)) return [];
      if (isBad(user)) return [{ id, status: 400, body: { error: { code: "Request_BadRequest", message: user } } }];
      if (method === "DELETE") return [{ id, status: taken.delete(user) ? 204 : 404, body: null }];
      if (method !== "PATCH" || headers?.["Content-Type"] !== "application/json") return [{ id, status: 415 }];
      taken.set(user, body);
      return [{ id, status: 204, body: null }];
    });
    return { status: 200, body: { responses: order(responses) } };
  },
};
