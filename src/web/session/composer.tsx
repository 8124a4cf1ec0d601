import { type FormEvent, useState } from "react";
import type { InboxSession } from "../../client/client.js";
import { useAgentRunClient } from "../../client/react.js";
import { useDraft } from "../frame/drafts";
import { messageOf } from "../frame/notice";
import { Icon } from "../icon";
import { type Saying, interrupt, isAtWork, isLost, sayingOf } from "./send";

/** What is written, and how it is sent once that was tried. */
interface Written {
  text: string;
  /** A text that is sent again is the same call, though the first may have changed how the session stands; another text is another one. */
  say?: Saying;
}

/** A box to say something to the agent. What was not sent stays in it. */
export function Composer({ session }: { session: InboxSession }) {
  const client = useAgentRunClient();
  const [written, change] = useDraft<Written>(`say ${session.id}`);
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const text = written?.text ?? "";
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
      const say = written?.say ?? sayingOf(session, prompt);
      /** What was written meanwhile stays. */
      const settle = (left: Written | undefined) =>
        change((now) => (now?.say === say || now?.text.trim() === prompt ? left : now));
      change(() => ({ text, say }));
      try {
        await say(client);
        settle(undefined);
      } catch (error) {
        if (!isLost(error)) settle({ text });
        throw error;
      }
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
          onChange={({ target: { value } }) => change(() => (value ? { text: value } : undefined))}
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
