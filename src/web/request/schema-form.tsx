import { useId } from "react";
import type { Field, Option } from "./schema";

/** What is wrong with inputs, by the name of each, or else its id. */
export type Problems = Readonly<Record<string, string>>;

interface FieldProps {
  field: Field;
  held: unknown;
  isRequired?: boolean;
  /** What is wrong with what was filled in, by the ids of the inputs. */
  problems: Problems;
  onChange: (held: unknown) => void;
}

/** The inputs of a field, and of what it consists of. */
export function SchemaField({ field, held, isRequired = true, problems, onChange }: FieldProps) {
  const id = useId();
  if (field.kind === "group") {
    const values = held as Record<string, unknown>;
    return (
      <fieldset className="group">
        {field.label && <legend>{field.label}</legend>}
        {field.description && <p className="hint">{field.description}</p>}
        {field.fields.map(({ name, isRequired, field: inner }) => (
          <SchemaField
            key={name}
            field={inner}
            isRequired={isRequired}
            problems={problems}
            held={values[name]}
            onChange={(value) => onChange({ ...values, [name]: value })}
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
        </span>
      ) : (
        <label htmlFor={id}>
          {label}
          {!isRequired && <span className="optional"> optional</span>}
        </label>
      )}
      <Input {...{ id, hint, field, held, isRequired, problems, onChange }} />
      <Problem of={id} problems={problems} />
      {hint && (
        <p className="hint" id={hint}>
          {field.description}
        </p>
      )}
    </div>
  );
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

/** What a text field holds. */
function textOf(held: unknown): string {
  return typeof held === "string" || typeof held === "number" ? String(held) : "";
}

type InputProps = Required<FieldProps> & { id: string; hint: string | undefined };

function Input({ id, hint, field, held, isRequired, problems, onChange }: InputProps) {
  const same = {
    id,
    required: isRequired,
    "aria-describedby": describedBy(id, problems, hint),
    "aria-invalid": id in problems,
  };
  switch (field.kind) {
    case "text": {
      const { minLength, maxLength } = field;
      const text = { ...same, minLength, maxLength, value: textOf(held) };
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
          type="number"
          min={field.min}
          max={field.max}
          step={field.isWhole ? 1 : "any"}
          value={textOf(held)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "choice":
      return (
        <select
          {...same}
          value={chosenIn(field.options, held)}
          onChange={({ target }) => onChange(target.value && field.options[Number(target.value)]?.value)}
        >
          <option value="">Choose…</option>
          {field.options.map(({ label }, index) => (
            <option key={index} value={index}>
              {label}
            </option>
          ))}
        </select>
      );
    case "choices":
      return <Ticks id={id} options={field.options} held={held as unknown[]} onChange={onChange} />;
    case "json":
      return (
        <textarea
          {...same}
          className="code"
          rows={5}
          spellCheck={false}
          placeholder="JSON"
          value={textOf(held)}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "group":
    case "flag":
      return null;
  }
}

/** The number of the option that is chosen; the empty text, which is nothing to a browser, if none is. */
function chosenIn(options: readonly Option[], held: unknown): string {
  const index = options.findIndex(({ value }) => value === held);
  return index < 0 ? "" : String(index);
}

interface TicksProps {
  id: string;
  options: readonly Option[];
  held: readonly unknown[];
  onChange: (held: unknown[]) => void;
}

function Ticks({ id, options, held, onChange }: TicksProps) {
  return (
    <div className="ticks" role="group" aria-labelledby={id}>
      {options.map(({ label, value }, index) => (
        <label key={index} className="tick">
          <input
            type="checkbox"
            checked={held.includes(value)}
            onChange={(event) =>
              onChange(event.target.checked ? [...held, value] : held.filter((each) => each !== value))
            }
          />
          {label}
        </label>
      ))}
    </div>
  );
}
