import { type Address, visit } from "../address";
import { Failure } from "../frame/failure";
import { useAnswer } from "../frame/use-answer";
import { narrowingDocument } from "./documents";

interface NarrowingProps {
  address: Address;
  /** The projects and the labels of the sessions that are shown: some may be newer than what was read. */
  shownProjects: readonly string[];
  shownLabels: readonly string[];
}

/** What the list is narrowed to: a project and labels. */
export function Narrowing({ address: { project, labels }, shownProjects, shownLabels }: NarrowingProps) {
  const { data, error, again } = useAnswer(narrowingDocument, { projectId: project || null });
  const projects = new Set([
    ...(data?.sessionProjects ?? []),
    ...shownProjects,
    ...(project ? [project] : []),
  ]);
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
        {[...projects].sort().map((name) => (
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
      <Failure
        problem={error ? `The projects and labels could not be read. ${error.message}` : ""}
        onAgain={again}
      />
    </div>
  );
}
