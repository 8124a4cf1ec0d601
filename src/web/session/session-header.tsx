import { useState } from "react";
import type { InboxSession } from "../../client/client.js";
import type { useSession } from "../../client/react.js";
import { ReasonMark } from "../frame/status-word";
import { messageOf, useTelling } from "../frame/notice";
import { Menu } from "../frame/menu";
import { Icon } from "../icon";
import { useDeeds } from "../inbox/deeds";
import { titleOf } from "../inbox/row";
import { Toolbar } from "../inbox/toolbar";
import { Link } from "../link";
import { CopyButton, copyText } from "../text/copy-button";
import { asCurl } from "./curl";
import { Title } from "./title";

interface SessionHeaderProps {
  session: InboxSession;
  marks: ReturnType<typeof useSession>;
  hasDetails: boolean;
  onDetails: () => void;
}

/** What the session is, where it stands, and what a reader may do to it. */
export function SessionHeader({ session, marks, hasDetails, onDetails }: SessionHeaderProps) {
  const { id, attention, parent, projectId, backendProfile } = session;
  const deeds = useDeeds(marks);
  const { tell } = useTelling();
  const [isSnoozeOpen, setSnoozeOpen] = useState(false);
  const cancel = () => {
    marks.cancel([id]).catch((error: unknown) => tell({ text: messageOf(error), isBad: true }));
  };
  return (
    <header className="session-head">
      <Link className="icon-button back" to={{ session: "" }} aria-label="Back to the list">
        <Icon name="back" />
      </Link>
      <div className="session-names">
        {parent && (
          <Link className="session-parent" to={{ session: parent.id }}>
            <Icon name="tree" /> {titleOf(parent)}
          </Link>
        )}
        <Title session={session} marks={marks} />
        <p className="session-where">
          <ReasonMark reason={attention.reason} />
          <span>{projectId}</span>
          <span>{backendProfile}</span>
        </p>
      </div>
      <div className="session-tools">
        <Toolbar
          sessions={[session]}
          deeds={deeds}
          isSnoozeOpen={isSnoozeOpen}
          onSnoozeOpenChange={setSnoozeOpen}
        />
        <CopyButton icon="link" label="Copy the address of this session" text={() => location.href} />
        <Menu icon="terminal" label="More">
          {(close) => (
            <>
              <button
                type="button"
                onClick={() => {
                  close();
                  copyText(asCurl(session)).then(
                    () => tell({ text: "Copied" }),
                    () => tell({ text: "The browser did not let it be copied", isBad: true }),
                  );
                }}
              >
                Copy as curl
              </button>
              {session.active && (
                <button
                  type="button"
                  onClick={() => {
                    close();
                    cancel();
                  }}
                >
                  Cancel its work
                </button>
              )}
            </>
          )}
        </Menu>
        <button
          type="button"
          className="icon-button details-button"
          title="Details"
          aria-label="Details"
          aria-expanded={hasDetails}
          onClick={onDetails}
        >
          <Icon name="graph" />
        </button>
      </div>
    </header>
  );
}
