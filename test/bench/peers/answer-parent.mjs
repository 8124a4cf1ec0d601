/**
 * Answers the benchmark, which has started this process: `open` listens over a database and says at which URL, `readCpu` says how
 * much CPU the process has used so far, in milliseconds. The process ends with the benchmark. The messages are those of ../child.ts.
 */
export function answerParent(open) {
  const answers = {
    open,
    readCpu: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
  const answer = async ({ name, question }) => answers[name](...question);
  process.on("message", (asked) => {
    void answer(asked).then(
      (value) => process.send({ id: asked.id, value }),
      (error) => process.send({ id: asked.id, fault: error.stack ?? String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
}
