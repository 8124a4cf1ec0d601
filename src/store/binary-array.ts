/** The type of the elements: int4. */
const int4 = 23;
const headBytes = 20;

/**
 * The numbers of all these lists, one list's after another's, as Postgres takes an int[] in binary. As text, or in JSON, reading
 * a million of them costs it more than storing them.
 */
export function toBinaryArray(lists: readonly (readonly number[])[]): Buffer {
  const count = lists.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.allocUnsafe(headBytes + 8 * count);
  const [dimensions, nulls, firstIndex] = [1, 0, 1];
  let at = 0;
  for (const head of [dimensions, nulls, int4, count, firstIndex]) at = bytes.writeInt32BE(head, at);
  for (const list of lists) {
    for (const number of list) {
      at = bytes.writeInt32BE(4, at);
      at = bytes.writeInt32BE(number, at);
    }
  }
  return bytes;
}
