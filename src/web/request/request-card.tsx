import { useState } from "react";
import type { InputRequest } from "../../client/client.js";
import { Boundary } from "../frame/boundary";
import { useForgetDraft } from "../frame/drafts";
import { Icon } from "../icon";
import { Link } from "../link";
import { Json } from "../text/json";
import { Markdown } from "../text/markdown";
import { Ago } from "../time";
import { type AnswerGiven, isWebAddress } from "./answer";
import { AnswerForm, answerKey } from "./answer-form";

interface RequestCardProps {
  request: InputRequest;
  /** Sends the answer; rejects with what the service says against it. */
  onAnswer: (given: AnswerGiven) => Promise<unknown>;
  /** Whether the session is named, as where requests of several stand together. */
  namesSession?: boolean;
}

const kinds = {
  APPROVAL: "Asks for approval",
  AUTHENTICATION: "Asks you to sign in",
  QUESTION: "Asks",
} as const;

/** What an agent asks, and how a person answers it in place. */
export function RequestCard(props: RequestCardProps) {
  return (
    <Boundary what="This request" of={props.request}>
      <Card {...props} />
    </Boundary>
  );
}

function Card({ request, onAnswer, namesSession = false }: RequestCardProps) {
  const { kind, prompt, action, url, expiresAt, requestedAt, session } = request;
  const forget = useForgetDraft(answerKey(request));
  const { error, isSending, send } = useSending(async (given) => {
    await onAnswer(given);
    forget();
  });
  return (
    <article className="request" aria-label={`${kinds[kind]}: ${prompt}`}>
      <header>
        <Icon name="bell" />
        <span className="request-kind">{kinds[kind]}</span>
        {namesSession && session && (
          <Link className="request-session" to={{ session: session.id }}>
            {session.title ?? "Untitled session"}
          </Link>
        )}
        <Ago className="ago" at={requestedAt} />
      </header>
      <Markdown text={prompt} />
      {action !== null && <Json value={action} />}
      {url && isWebAddress(url) && (
        <p>
          <a className="button" href={url} target="_blank" rel="noopener noreferrer">
            Open {new URL(url).host} <Icon name="out" />
          </a>
        </p>
      )}
      <AnswerForm request={request} isSending={isSending} onSend={send} />
      {expiresAt && <p className="hint">Can be answered until {new Date(expiresAt).toLocaleString()}</p>}
      {error && (
        <p className="problem" role="alert">
          {error}
        </p>
      )}
    </article>
  );
}

function useSending(onAnswer: RequestCardProps["onAnswer"]) {
  const [error, setError] = useState("");
  const [isSending, setSending] = useState(false);
  const send = (given: AnswerGiven) => {
    setSending(true);
    setError("");
    onAnswer(given)
      .catch((refused: unknown) => setError(refused instanceof Error ? refused.message : String(refused)))
      .finally(() => setSending(false));
  };
  return { error, isSending, send };
}
