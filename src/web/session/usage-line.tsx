interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  costMicros: number;
  isPriced: boolean;
  requests: number;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const money = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 2 });

/** What it cost: `$0.12`; with a `≥` before it where a cost was not told. */
export function cost({ costMicros, isPriced }: Pick<Usage, "costMicros" | "isPriced">): string {
  const dollars = costMicros / 1_000_000;
  const text = dollars > 0 && dollars < 0.01 ? "<$0.01" : money.format(dollars);
  return isPriced ? text : `≥ ${text}`;
}

/** What was used of models, in one line. */
export function UsageLine({ usage, model }: { usage: Usage; model: string | null | undefined }) {
  const { inputTokens, outputTokens, cacheReadTokens, requests } = usage;
  const tokens = new Intl.NumberFormat("en");
  const details = [
    `${tokens.format(inputTokens)} tokens read, ${tokens.format(cacheReadTokens)} of them from a cache`,
    `${tokens.format(outputTokens)} written`,
    `${requests} ${requests === 1 ? "request" : "requests"}`,
  ].join("; ");
  return (
    <p className="usage" title={details}>
      {model && <span>{model}</span>}
      <span>
        {compact.format(inputTokens)} in, {compact.format(outputTokens)} out
      </span>
      {usage.costMicros > 0 && <span>{cost(usage)}</span>}
    </p>
  );
}
