/**
 * The newer of two values made of JSON, in which every part that is equal to the older one's is that very part: what shows it need not
 * look again.
 */
export function share<Value>(older: Value | undefined, newer: Value): Value {
  if (Object.is(older, newer) || older === undefined) return newer;
  if (Array.isArray(older) && Array.isArray(newer)) return shareArray(older, newer) as Value;
  if (isRecord(older) && isRecord(newer)) return shareRecord(older, newer) as Value;
  return newer;
}

/** As {@link share}, of a list whose items are told apart by themselves. */
export function shareArray<Item>(older: readonly Item[], newer: readonly Item[]): readonly Item[] {
  const shared = newer.map((item, index) => share(older[index], item));
  return shared.length === older.length && shared.every((item, index) => item === older[index])
    ? older
    : shared;
}

function shareRecord(older: Record<string, unknown>, newer: Record<string, unknown>): object {
  const keys = Object.keys(newer);
  const shared = Object.fromEntries(keys.map((key) => [key, share(older[key], newer[key])]));
  const isSame =
    keys.length === Object.keys(older).length &&
    keys.every((key) => key in older && Object.is(shared[key], older[key]));
  return isSame ? older : shared;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
