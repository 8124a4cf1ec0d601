import { type Address, visit } from "../address";
import { Failure } from "../frame/failure";
import { useAnswer } from "../frame/use-answer";
import { labelsDocument } from "./documents";

interface NarrowingProps {
  address: Address;
  /** The projects that are known. */
  projects: readonly string[];
  /** The labels of the sessions that are shown: some may be newer than what was read. */
  shownLabels: readonly string[];
}

/** What the list is narrowed to: a project and labels. */
export function Narrowing({ address: { project, labels }, projects, shownLabels }: NarrowingProps) {
  const { data, error, again } = useAnswer(labelsDocument, { projectId: project || null });
  const all = new Set([...(data?.sessionLabels ?? []), ...shownLabels]);
  const known = [...all].filter((label) => !labels.includes(label)).sort();
  return (
    <div className="narrowing">
      <select
        aria-label="Project"
        value={project}
        onChange={(event) => visit({ project: event.target.value })}
      >
        <option value="">All projects</option>
        {[...new Set([...projects, ...(project ? [project] : [])])].sort().map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Add a label to what the list is narrowed to"
        value=""
        disabled={known.length === 0}
        onChange={(event) => visit({ labels: [...labels, event.target.value] })}
      >
        <option value="">{labels.length > 0 ? "Another label" : "Any label"}</option>
        {known.map((label) => (
          <option key={label}>{label}</option>
        ))}
      </select>
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          className="label-chip is-removable"
          aria-label={`Not only label ${label}`}
          onClick={() => visit({ labels: labels.filter((each) => each !== label) })}
        >
          {label} <span aria-hidden="true">×</span>
        </button>
      ))}
      <Failure problem={error ? `The labels could not be read. ${error.message}` : ""} onAgain={again} />
    </div>
  );
}
