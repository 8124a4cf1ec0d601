/**
 * Reads the weight that an Accept or Accept-Encoding header gives to each name, 0 to 1; a name without `q` weighs 1.
 * Other parameters are passed over.
 */
export function readWeights(header: string | undefined): Map<string, number> {
  const weights = new Map<string, number>();
  for (const part of (header ?? "").split(",")) {
    const [name = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    if (!name) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(name, weight === undefined ? 1 : Number(weight) || 0);
  }
  return weights;
}

const answersOfTheApi = [
  "application/json",
  "application/graphql-response+json",
  "text/event-stream",
  "multipart/mixed",
];

/** True if the caller prefers a page to everything that the API answers, as a browser does that opens an address. */
export function prefersPage(accept: string | undefined): boolean {
  const weights = readWeights(accept);
  const page = weights.get("text/html") ?? 0;
  return page > 0 && answersOfTheApi.every((type) => (weights.get(type) ?? 0) < page);
}

/** The encodings that a body may have, the smallest first. */
export const encodings = ["br", "gzip", "identity"] as const;
/** One of {@link encodings}. */
export type Encoding = (typeof encodings)[number];

/** Chooses the smallest encoding that the caller accepts, or `identity` if it accepts none of them. */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding {
  const weights = readWeights(acceptEncoding);
  return encodings.find((name) => (weights.get(name) ?? weights.get("*") ?? 0) > 0) ?? "identity";
}
