interface Bar {
  name: string;
  count: number;
  /** What colours it. Default: the accent. */
  tone?: string;
}

/** A small chart: how many of each, with the number beside it. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <div className="bars">
      {bars.map(({ name, count, tone = "accent" }) => (
        <div className="bar" key={name}>
          <span className="bar-name" title={name}>
            {name}
          </span>
          <span className={`bar-track tone-${tone}`} aria-hidden="true">
            <span className="bar-fill" style={{ display: "block", width: `${(100 * count) / most}%` }} />
          </span>
          <span className="bar-count">{count}</span>
        </div>
      ))}
    </div>
  );
}
