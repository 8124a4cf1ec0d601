/** Anything that JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object; its keys are whatever the sender wrote, `__proto__` included. */
export type JsonObject = { [key: string]: JsonValue };
