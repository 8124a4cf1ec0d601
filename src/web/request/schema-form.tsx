import { useId } from "react";
import type { Field, Option } from "./schema";

interface FieldProps {
  field: Field;
  held: unknown;
  isRequired?: boolean;
  onChange: (held: unknown) => void;
}

/** The inputs of a field, and of what it consists of. */
export function SchemaField({ field, held, isRequired = true, onChange }: FieldProps) {
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
      <Input id={id} hint={hint} field={field} held={held} isRequired={isRequired} onChange={onChange} />
      {hint && (
        <p className="hint" id={hint}>
          {field.description}
        </p>
      )}
    </div>
  );
}

/** What a text field holds. */
function textOf(held: unknown): string {
  return typeof held === "string" || typeof held === "number" ? String(held) : "";
}

type InputProps = Required<FieldProps> & { id: string; hint: string | undefined };

function Input({ id, hint, field, held, isRequired, onChange }: InputProps) {
  const same = { id, "aria-describedby": hint, required: isRequired };
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
          value={field.options.findIndex(({ value }) => value === held)}
          onChange={(event) => onChange(field.options[Number(event.target.value)]?.value ?? "")}
        >
          <option value={-1}>Choose…</option>
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
