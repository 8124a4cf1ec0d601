import dns from "node:dns";

/** A name that leads to this machine, as far as this process looks names up. */
export interface LocalName extends Disposable {
  /** The code with which look-ups of it fail; null: they do not. */
  failure: string | null;
}

/** Has a name lead to this machine until it is disposed of. */
export function nameThisMachine(name: string, failure: string | null = null): LocalName {
  const real = dns.lookup;
  const local: LocalName = {
    failure,
    [Symbol.dispose]() {
      dns.lookup = real;
    },
  };
  dns.lookup = ((host: string, ...rest: unknown[]) => {
    const { failure: code } = local;
    if (host !== name) return (real as (...given: unknown[]) => unknown)(host, ...rest);
    if (code === null) return (real as (...given: unknown[]) => unknown)("127.0.0.1", ...rest);
    const error = Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code, syscall: "getaddrinfo" });
    return process.nextTick(rest.at(-1) as (error: Error) => void, error);
  }) as typeof dns.lookup;
  return local;
}
