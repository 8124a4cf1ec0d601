import type { InboxSession } from "../../client/client.js";
import { LabelEditor } from "../frame/label-editor";
import { Menu } from "../frame/menu";
import { type Deeds, counted } from "./deeds";

interface LabelMenuProps {
  sessions: readonly InboxSession[];
  deeds: Deeds;
}

/** A button for the labels of several sessions: one is put on all of them, or taken off those that have it. */
export function LabelMenu({ sessions, deeds }: LabelMenuProps) {
  const labels = [...new Set(sessions.flatMap((session) => session.labels))].sort();
  return (
    <Menu icon="tag" label="Labels">
      {() => (
        <LabelEditor
          labels={labels}
          newLabel={`New label for ${counted(sessions.length)}`}
          onAdd={(label) => deeds.addLabel(sessions, label)}
          onRemove={(label) => deeds.removeLabel(sessions, label)}
        />
      )}
    </Menu>
  );
}
