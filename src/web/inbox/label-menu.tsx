import { type FormEvent, useRef, useState } from "react";
import type { InboxSession } from "../../client/client.js";
import { Menu } from "../frame/menu";
import { type Deeds, counted } from "./deeds";

interface LabelMenuProps {
  sessions: readonly InboxSession[];
  deeds: Deeds;
}

/** A button for the labels of several sessions: one is put on all of them, or taken off those that have it. */
export function LabelMenu({ sessions, deeds }: LabelMenuProps) {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const labels = [...new Set(sessions.flatMap((session) => session.labels))].sort();
  const add = (event: FormEvent) => {
    event.preventDefault();
    const label = text.trim();
    setText("");
    if (label) deeds.addLabel(sessions, label);
  };
  return (
    <Menu icon="tag" label="Labels">
      {() => (
        <div className="label-list">
          <form onSubmit={add}>
            <input
              ref={input}
              aria-label={`New label for ${counted(sessions.length)}`}
              placeholder="Add a label"
              maxLength={64}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </form>
          {labels.map((label) => (
            <button
              key={label}
              type="button"
              className="label-chip is-removable"
              aria-label={`Remove label ${label}`}
              onClick={() => {
                // The button goes away, and the keys stay here.
                input.current?.focus();
                deeds.removeLabel(sessions, label);
              }}
            >
              {label} <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}
