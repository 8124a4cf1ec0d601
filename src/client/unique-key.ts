/** A key that nobody else has made: 128 random bits. Pages without https have no `crypto.randomUUID`. */
export function uniqueKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
