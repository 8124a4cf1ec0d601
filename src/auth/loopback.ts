import { BlockList, isIP } from "node:net";

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8, "ipv4");
loopbackAddresses.addAddress("::1", "ipv6");

/**
 * Tells whether a host can only mean this machine: `localhost`, 127.0.0.0/8 or ::1 in any spelling, with or without
 * the brackets of an IPv6 address. No name is looked up: any other name is false, whatever it resolves to.
 */
export function isLoopbackHost(host: string): boolean {
  // This is asked at every request, so the two that nearly all requests have come first.
  if (host === "127.0.0.1" || host.toLowerCase() === "localhost") return true;
  const address = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const version = isIP(address);
  return version !== 0 && loopbackAddresses.check(address, version === 4 ? "ipv4" : "ipv6");
}
