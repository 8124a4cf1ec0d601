import { type FormEvent, useRef, useState } from "react";
import type { InboxSession } from "../../client/client.js";
import { useAgentRunClient } from "../../client/react.js";
import { messageOf } from "../frame/notice";
import { Icon } from "../icon";
import { type Saying, interrupt, isAtWork, isLost, sayingOf } from "./send";

/** A box to say something to the agent. What was not sent stays in it. */
export function Composer({ session }: { session: InboxSession }) {
  const client = useAgentRunClient();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  // A text that is sent again after a lost answer is the same call, though the first may have changed how the session stands.
  const lost = useRef<Saying>(undefined);
  const atWork = isAtWork(session);

  const attempt = async (work: () => Promise<void>) => {
    setSending(true);
    setProblem("");
    try {
      await work();
    } catch (error) {
      setProblem(messageOf(error));
    }
    setSending(false);
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const prompt = text.trim();
    if (!prompt || isSending) return;
    void attempt(async () => {
      const say = lost.current ?? sayingOf(session, prompt);
      try {
        await say(client);
        lost.current = undefined;
      } catch (error) {
        lost.current = isLost(error) ? say : undefined;
        throw error;
      }
      // What was written meanwhile stays.
      setText((now) => (now.trim() === prompt ? "" : now));
    });
  };
  return (
    <form className="composer" onSubmit={submit}>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="composer-box">
        <textarea
          aria-label={atWork ? "Steer the agent" : "Send the agent a turn"}
          placeholder={atWork ? "Steer the work…" : "Ask for the next turn…"}
          rows={1}
          value={text}
          onChange={(event) => {
            lost.current = undefined;
            setText(event.target.value);
          }}
          onKeyDown={(event) => event.key === "Enter" && (event.metaKey || event.ctrlKey) && submit()}
        />
        {atWork && (
          <button
            type="button"
            className="icon-button"
            title="Interrupt"
            aria-label="Interrupt the agent"
            disabled={isSending}
            onClick={() => void attempt(() => interrupt(client, session))}
          >
            <Icon name="stop" />
          </button>
        )}
        <button
          type="submit"
          className="button is-main"
          title="Ctrl+Enter"
          disabled={isSending || text.trim() === ""}
        >
          <Icon name="send" /> {atWork ? "Steer" : "Send"}
        </button>
      </div>
    </form>
  );
}
