/** The codes of a network, a name server or a server that does not answer for now. */
const passing: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENETRESET",
  "EADDRNOTAVAIL",
]);

/**
 * True if an error says that a server could not be reached, or was lost, which may pass by itself: a name may not be there yet,
 * and a server that is reached by its Unix socket may be down, or take no more connections for now.
 */
export function isPassingFailure(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return passing.has(code) || (syscall === "connect" && (code === "ENOENT" || code === "EAGAIN"));
}
