/**
 * Does the work for each number from 0 to below `count`, at most `concurrency` at a time. After the first failure, no
 * more work is begun. The failure is thrown once the work under way has ended.
 */
export async function forEachNumber(
  count: number,
  concurrency: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    try {
      while (next < count) await work(next++);
    } catch (error) {
      next = count;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
