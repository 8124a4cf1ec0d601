/** What could not be done, and a button that tries it again; nothing where there is no problem. */
export function Failure({ problem, onAgain }: { problem: string; onAgain: () => void }) {
  if (!problem) return null;
  return (
    <div className="failure" role="alert">
      <p className="problem">{problem}</p>
      <button type="button" className="button" onClick={onAgain}>
        Try again
      </button>
    </div>
  );
}
