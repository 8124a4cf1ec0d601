import { type FormEvent, useState } from "react";
import type { InputRequest } from "../../client/client.js";
import { Icon } from "../icon";
import { Link } from "../link";
import { Json } from "../text/json";
import { Markdown } from "../text/markdown";
import { Ago } from "../time";
import { type AnswerGiven, answerOf, isWebAddress, meaningOf } from "./answer";
import { SchemaField } from "./schema-form";
import { initialOf, readField, valueOf } from "./schema";

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
export function RequestCard({ request, onAnswer, namesSession = false }: RequestCardProps) {
  const { kind, prompt, action, url, expiresAt, requestedAt, session } = request;
  const { error, isSending, send } = useSending(onAnswer);
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

interface AnswerFormProps {
  request: InputRequest;
  isSending: boolean;
  onSend: (given: AnswerGiven) => void;
}

/** Buttons where one press is the whole answer; else what is to be filled in, and a button that sends it. */
function AnswerForm({ request, isSending, onSend }: AnswerFormProps) {
  const { kind, choices, multiple, answerSchema } = request;
  const isQuestion = kind === "QUESTION";
  const field = answerSchema === null ? undefined : readField(answerSchema);
  const asksText = isQuestion && choices.length === 0 && !field;
  const [held, setHeld] = useState(() => (field ? initialOf(field) : ""));
  const [taken, setTaken] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState("");
  // One press is the answer where every choice says what it means: an approval's might mean no.
  const isDirect =
    !multiple && !field && choices.every((choice) => meaningOf({ kind, choice }) !== undefined);
  const isPicked = choices.length > 0 && !isDirect;
  const isFilledIn = Boolean(field) || asksText || isPicked;
  const pick = (id: string, isTaken: boolean) => {
    const others = multiple ? taken.filter((each) => each !== id) : [];
    setTaken(isTaken ? [...others, id] : others);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      const value = field ? valueOf(field, held) : asksText ? held : undefined;
      onSend(answerOf(request, { choiceIds: taken, value }));
      setProblem("");
    } catch {
      setProblem("This is no JSON.");
    }
  };
  return (
    <form className="answer" onSubmit={submit}>
      {field && <SchemaField field={field} held={held} onChange={setHeld} />}
      {asksText && (
        <textarea
          aria-label="Your answer"
          rows={2}
          required
          value={String(held)}
          onChange={(event) => setHeld(event.target.value)}
        />
      )}
      {isPicked &&
        choices.map(({ id, label, description }) => (
          <label key={id} className="tick">
            <input
              type={multiple ? "checkbox" : "radio"}
              name={request.id}
              checked={taken.includes(id)}
              onChange={({ target }) => pick(id, target.checked)}
            />
            <span>
              {label}
              {description && <small>{description}</small>}
            </span>
          </label>
        ))}
      <div className="buttons">
        {isDirect &&
          choices.map((choice) => {
            const decision = meaningOf({ kind, choice });
            return (
              <button
                key={choice.id}
                type="button"
                className={decision === "APPROVED" ? "button is-main" : "button"}
                title={choice.description ?? undefined}
                disabled={isSending}
                onClick={() => onSend(answerOf(request, { choiceIds: [choice.id], decision }))}
              >
                {choice.label}
              </button>
            );
          })}
        {isFilledIn && (
          <button type="submit" className="button is-main" disabled={isSending}>
            {isQuestion ? "Answer" : "Approve"}
          </button>
        )}
        {!isFilledIn && choices.length === 0 && (
          <button
            type="button"
            className="button is-main"
            disabled={isSending}
            onClick={() => onSend({ decision: "APPROVED" })}
          >
            {kind === "AUTHENTICATION" ? "Done" : "Approve"}
          </button>
        )}
        {!choices.some((choice) => meaningOf({ kind, choice }) === "DENIED") && (
          <button
            type="button"
            className={isQuestion ? "button is-quiet" : "button"}
            disabled={isSending}
            onClick={() => onSend({ decision: "DENIED" })}
          >
            {isQuestion ? "Decline" : "Deny"}
          </button>
        )}
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
