/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. Its keys are whatever the sender wrote, and may include `__proto__`. */
export type JsonObject = { [key: string]: JsonValue };
