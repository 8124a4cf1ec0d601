/** What an Accept or Accept-Encoding header weighs each named thing, 0 to 1; parameters other than `q` are left out. */
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

/** True where a page is named and nothing that the API answers is liked better: a browser opening an address. */
export function prefersPage(accept: string | undefined): boolean {
  const weights = readWeights(accept);
  const page = weights.get("text/html") ?? 0;
  return page > 0 && answersOfTheApi.every((type) => (weights.get(type) ?? 0) < page);
}

/** How a body may be encoded, smallest first. */
export const encodings = ["br", "gzip", "identity"] as const;
export type Encoding = (typeof encodings)[number];

/** The smallest encoding that the caller takes; `identity` where it names none. */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding {
  const weights = readWeights(acceptEncoding);
  return encodings.find((name) => (weights.get(name) ?? weights.get("*") ?? 0) > 0) ?? "identity";
}
