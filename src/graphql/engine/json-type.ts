/** The types that GraphQL over HTTP has for an answer in one piece. */
export type JsonType = "application/json" | "application/graphql-response+json";

/**
 * The type in which a client that sends this Accept header has its answer, chosen as Yoga does: the first that it names and that
 * there is, by whatever weight, and JSON if it leaves the choice. Null if it names none: it wants a stream, or cannot be answered.
 */
export function jsonTypeOf(accept: string | undefined): JsonType | null {
  if (!accept || accept === "*/*" || accept === "application/json") return "application/json";
  for (const asked of accept.replaceAll(/\s/g, "").toLowerCase().split(",")) {
    const [range = "", ...parameters] = asked.split(";");
    const charset = parameters.find((parameter) => parameter.includes("charset="));
    if (charset !== undefined && charset !== "charset=utf-8") continue;
    const [type, subtype] = range.split("/");
    if (type !== "*" && type !== "application") continue;
    if (subtype === "*" || subtype === "json") return "application/json";
    if (subtype === "graphql-response+json") return "application/graphql-response+json";
  }
  return null;
}
