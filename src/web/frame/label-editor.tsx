import { type FormEvent, useRef, useState } from "react";

interface LabelEditorProps {
  labels: readonly string[];
  /** What a new label is for, as the field's name says it. */
  newLabel: string;
  onAdd: (label: string) => void;
  onRemove: (label: string) => void;
}

/** Labels, each with what takes it off, and a field for a new one. */
export function LabelEditor({ labels, newLabel, onAdd, onRemove }: LabelEditorProps) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const label = text.trim();
    setText("");
    if (label) onAdd(label);
  };
  return (
    <div className="label-list">
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          className="label-chip is-removable"
          aria-label={`Remove label ${label}`}
          onClick={() => {
            // The button goes away, and the keys stay here.
            input.current?.focus();
            onRemove(label);
          }}
        >
          {label} <span aria-hidden="true">×</span>
        </button>
      ))}
      <form onSubmit={add}>
        <input
          ref={input}
          aria-label={newLabel}
          placeholder="Add a label"
          maxLength={64}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </form>
    </div>
  );
}
