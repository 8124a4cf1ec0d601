import { useId } from "react";
import { heldIn, isEmpty, wrongIn } from "./held";
import type { Field, Held, HeldGroup, Option } from "./schema";

/** What is wrong with inputs, by the name of each, or else its id. */
export type Problems = Readonly<Record<string, string>>;

interface FieldProps {
  field: Field;
  held: Held;
  /** Whether its schema wants it. Default: true. */
  isRequired?: boolean;
  /** Whether what it stands in has to be there. Default: true. */
  isAsked?: boolean;
  /** What is wrong with what was filled in, by the ids of the inputs. */
  problems: Problems;
  onChange: (held: Held) => void;
}

/** The inputs of a field, and of what it consists of. */
export function SchemaField(props: FieldProps) {
  const { field, held, isRequired = true, isAsked = true, problems, onChange } = props;
  const id = useId();
  if (field.kind === "group") {
    // One that may be missing asks for what it needs once something is filled in.
    const isGroupAsked = (isRequired && isAsked) || !isEmpty(field, held);
    return (
      <fieldset className="group">
        {field.label && (
          <legend>
            {field.label}
            {!isRequired && optional}
          </legend>
        )}
        {field.description && <p className="hint">{field.description}</p>}
        {field.fields.map(({ name, isRequired, field: inner }) => (
          <SchemaField
            key={name}
            field={inner}
            isRequired={isRequired}
            isAsked={isGroupAsked}
            problems={problems}
            held={heldIn(held, name)}
            onChange={(value) => onChange({ ...(held as HeldGroup), [name]: value })}
          />
        ))}
      </fieldset>
    );
  }
  const hint = field.description ? `${id}-hint` : undefined;
  if (field.kind === "flag") {
    return (
      <div className="field">
        <label className="tick">
          <input
            type="checkbox"
            aria-describedby={hint}
            checked={Boolean(held)}
            onChange={(event) => onChange(event.target.checked)}
          />
          {field.label || "Yes"}
        </label>
        {hint && (
          <p className="hint" id={hint}>
            {field.description}
          </p>
        )}
      </div>
    );
  }
  const label = field.label || "Answer";
  return (
    <div className="field">
      {field.kind === "choices" ? (
        <span className="label" id={id}>
          {label}
          {!isRequired && optional}
        </span>
      ) : (
        <label htmlFor={id}>
          {label}
          {!isRequired && optional}
        </label>
      )}
      <Input {...{ id, hint, field, held, problems, onChange }} isRequired={isRequired && isAsked} />
      <Problem of={id} problems={problems} />
      {hint && (
        <p className="hint" id={hint}>
          {field.description}
        </p>
      )}
    </div>
  );
}

const optional = <span className="optional"> optional</span>;

/** Says of an input what is wrong with what it holds, as a browser does of what it finds itself. */
export function saying(wrong: string) {
  return (input: HTMLInputElement | HTMLTextAreaElement | null) => input?.setCustomValidity(wrong);
}

/** Names what describes an input: what is wrong with it, and what its field says. */
export function describedBy(id: string, problems: Problems, hint?: string): string | undefined {
  return [problems[id] && `${id}-problem`, hint].filter(Boolean).join(" ") || undefined;
}

/** What is wrong with one input; nothing where all is well. */
export function Problem({ of: id, problems }: { of: string; problems: Problems }) {
  return (
    problems[id] && (
      <p className="field-problem" id={`${id}-problem`}>
        {problems[id]}
      </p>
    )
  );
}

interface InputProps extends FieldProps {
  id: string;
  hint: string | undefined;
  isRequired: boolean;
}

function Input({ id, hint, field, held, isRequired, problems, onChange }: InputProps) {
  const same = {
    id,
    required: isRequired,
    "aria-describedby": describedBy(id, problems, hint),
    "aria-invalid": id in problems,
  };
  const wrong = wrongIn(field, held, isRequired);
  switch (field.kind) {
    case "text": {
      const text = { ...same, ref: saying(wrong), value: held as string };
      return field.isLong ? (
        <textarea {...text} rows={3} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...text} onChange={(event) => onChange(event.target.value)} />
      );
    }
    case "number":
      return (
        <input
          {...same}
          ref={saying(wrong)}
          type="number"
          min={field.min}
          max={field.max}
          step="any"
          value={held as string}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choice":
      return (
        <select {...same} value={held as string} onChange={({ target }) => onChange(target.value)}>
          <option value="">Choose…</option>
          {field.options.map(({ label }, index) => (
            <option key={index} value={index}>
              {label}
            </option>
          ))}
        </select>
      );
    case "choices": {
      const taken = held as readonly number[];
      return <Ticks {...{ id, wrong, taken, problems, onChange }} options={field.options} />;
    }
    case "json":
      return (
        <textarea
          {...same}
          className="code"
          rows={5}
          spellCheck={false}
          placeholder="JSON"
          value={held as string}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "group":
    case "flag":
      return null;
  }
}

interface TicksProps {
  id: string;
  options: readonly Option[];
  taken: readonly number[];
  wrong: string;
  problems: Problems;
  onChange: (taken: readonly number[]) => void;
}

/** What is wrong with all of them is said of the first. */
function Ticks({ id, options, taken, wrong, problems, onChange }: TicksProps) {
  return (
    <div className="ticks" role="group" aria-labelledby={id}>
      {options.map(({ label }, index) => (
        <label key={index} className="tick">
          <input
            type="checkbox"
            name={id}
            ref={saying(index === 0 ? wrong : "")}
            aria-describedby={describedBy(id, problems)}
            checked={taken.includes(index)}
            onChange={(event) =>
              onChange(event.target.checked ? [...taken, index] : taken.filter((each) => each !== index))
            }
          />
          {label}
        </label>
      ))}
    </div>
  );
}
