import { type Api, isJson, json, last, lines } from "./api.ts";

export const shopify: Api = {
  document: (id) => ({ title: `n${id}`, handle: '"}) { admin }' }),
  answer: (request, { taken, isBad, isOmitted }) => {
    if (request.headers["x-shopify-access-token"] !== "planted") return { status: 401 };
    if (request.url !== "/graphql.json" || !isJson(request)) return { status: 404 };
    const { query, variables } = json<{
      query: string;
      variables: { identifier?: { id: string }; input: { id?: string } };
    }>(request.text);
    const isDelete = query.startsWith("mutation Delete($input: ProductDeleteInput!)");
    if (!isDelete && !query.startsWith("mutation Set($identifier: ProductSetIdentifiers")) return { status: 400 };
    const gid = String(isDelete ? variables.input.id : variables.identifier?.id);
    const id = last(gid);
    if (!gid.startsWith("gid://shopify/Product/") || isOmitted(id)) return { status: 200, body: { data: null } };
    const errors = (message: string) => [{ code: "INVALID", field: ["input"], message }];
    if (isDelete) {
      const userErrors = taken.delete(id) ? [] : errors("Product does not exist");
      return { status: 200, body: { data: { productDelete: { deletedProductId: gid, userErrors } } } };
    }
    if (isBad(id))
      return { status: 200, body: { data: { productSet: { product: null, userErrors: errors("Title is bad") } } } };
    taken.set(id, variables.input);
    return { status: 200, body: { data: { productSet: { product: { id: gid }, userErrors: [] } } } };
  },
};

export const stripe: Api = {
  document: (id) => ({ name: `n & ${id}`, metadata: { tier: "gold", gone: null }, address: { city: "Köln" } }),
  answer: ({ method, url, headers, text }, { taken, isBad, isOmitted }) => {
    if (headers.authorization !== "Bearer planted") return { status: 401 };
    if (headers["idempotency-key"] === undefined || headers["stripe-version"] !== "2025-06-30.basil")
      return { status: 400 };
    const id = last(url);
    if (isOmitted(id)) return { status: 200, body: {} };
    if (isBad(id))
      return { status: 400, body: { error: { type: "invalid_request_error", code: "parameter_invalid_empty" } } };
    if (method === "DELETE") {
      if (!taken.delete(id)) return { status: 404, body: { error: { code: "resource_missing" } } };
      return { status: 200, body: { id, object: "customer", deleted: true } };
    }
    if (method !== "POST" || headers["content-type"] !== "application/x-www-form-urlencoded") return { status: 400 };
    const form = Object.fromEntries(new URLSearchParams(text));
    taken.set(id, {
      name: form.name,
      metadata: { tier: form["metadata[tier]"], gone: form["metadata[gone]"] === "" ? null : undefined },
      address: { city: form["address[city]"] },
    });
    return { status: 200, body: { id, object: "customer" } };
  },
};

export const segment: Api = {
  hasNoDelete: true,
  refusesWhole: true,
  isSilent: true,
  document: (id) => ({ plan: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted }) => {
    if (request.url !== "/batch" || !isJson(request) || request.headers.authorization !== "planted")
      return { status: 400 };
    const { batch } = json<{
      batch: {
        type: string;
        userId: string;
        messageId: string;
        traits: unknown;
      }[];
    }>(request.text);
    if (batch.some(({ userId }) => isBad(userId))) return { status: 400, body: { success: false } };
    for (const { type, userId, messageId, traits } of batch)
      if (type === "identify" && messageId !== "" && !isOmitted(userId)) taken.set(userId, traits);
    return { status: 200, body: { success: true } };
  },
};

export const braze: Api = {
  isSilent: true,
  document: (id) => ({ external_id: id, first_name: `n${id}` }),
  answer: (request, { taken, isBad, isOmitted, order }) => {
    if (request.headers.authorization !== "Bearer planted" || !isJson(request)) return { status: 401 };
    const body = json<{
      attributes?: { external_id: string }[];
      external_ids?: string[];
    }>(request.text);
    if (request.url === "/users/delete") {
      if ((body.external_ids?.length ?? 0) > 50) return { status: 400 };
      for (const id of body.external_ids ?? []) if (!isOmitted(id)) taken.delete(id);
      return { status: 201, body: { deleted: body.external_ids?.length } };
    }
    if (request.url !== "/users/track" || (body.attributes?.length ?? 0) > 50) return { status: 400 };
    const errors: object[] = [];
    for (const [index, attributes] of (body.attributes ?? []).entries()) {
      const id = attributes.external_id;
      if (isBad(id)) errors.push({ type: "'external_id' is too long", input_array: "attributes", index });
      else if (!isOmitted(id)) taken.set(id, attributes);
    }
    return {
      status: 201,
      body: { message: "success", attributes_processed: 1, ...(errors.length > 0 ? { errors: order(errors) } : {}) },
    };
  },
};

export const splunk: Api = {
  hasNoDelete: true,
  refusesWhole: true,
  isSilent: true,
  document: (id) => ({ action: `n${id}` }),
  answer: ({ url, headers, text }, { taken, isBad, isOmitted }) => {
    if (url !== "/services/collector/event" || headers.authorization !== "planted")
      return { status: 403, body: { code: 4 } };
    const events = lines<{ event: unknown; fields: { id: string } }>(text);
    const bad = events.findIndex(({ fields }) => isBad(fields.id));
    if (bad >= 0) return { status: 400, body: { text: "Invalid data format", code: 6, "invalid-event-number": bad } };
    for (const { event, fields } of events) if (!isOmitted(fields.id)) taken.set(fields.id, event);
    return { status: 200, body: { text: "Success", code: 0 } };
  },
};
