import { type FormEvent, useMemo, useState } from "react";
import type { InputRequest } from "../../client/client.js";
import { useDraft } from "../frame/drafts";
import { type AnswerGiven, answerOf, meaningOf } from "./answer";
import { valueOf } from "./held";
import { Problem, type Problems, SchemaField, describedBy, saying } from "./schema-form";
import { type Held, readField } from "./schema";

/** What is filled in and taken. */
interface Filled {
  held: Held;
  taken: readonly string[];
}

/** By what is kept that is filled in of an answer. */
export const answerKey = ({ id }: Pick<InputRequest, "id">) => `answer ${id}`;

interface AnswerFormProps {
  request: InputRequest;
  isSending: boolean;
  onSend: (given: AnswerGiven) => void;
}

/** Buttons where one press is the whole answer; else what is to be filled in, and a button that sends it. */
export function AnswerForm({ request, isSending, onSend }: AnswerFormProps) {
  const { kind, choices, multiple, answerSchema } = request;
  const isQuestion = kind === "QUESTION";
  const field = useMemo(() => (answerSchema === null ? undefined : readField(answerSchema)), [answerSchema]);
  const asksText = isQuestion && choices.length === 0 && !field;
  const [filled, change] = useDraft<Filled>(answerKey(request));
  const { held, taken } = filled ?? { held: field?.initial ?? "", taken: [] };
  const hold = (next: Held) => change(() => ({ held: next, taken }));
  const [problem, setProblem] = useState("");
  const [problems, setProblems] = useState<Problems>({});
  const meanings = choices.map((choice) => meaningOf({ kind, choice }));
  // One press is the answer where every choice says what it means: an approval's might mean no.
  const isDirect = !multiple && !field && meanings.every((meaning) => meaning !== undefined);
  const isPicked = choices.length > 0 && !isDirect;
  const isFilledIn = Boolean(field) || asksText || isPicked;
  const isTakenNo = choices.some(({ id }, index) => taken.includes(id) && meanings[index] === "DENIED");
  // What is taken and says neither yes nor no, a person may approve and deny alike.
  const open = taken.filter((id) => choices.some((choice) => choice.id === id && !choice.decision));
  // A value is a whole answer without one, and so is leave to go on where none or several may be taken.
  const lacksChoice = isPicked && !field && (isQuestion || !multiple) && taken.length === 0;
  const pick = (id: string, isTaken: boolean) => {
    const others = multiple ? taken.filter((each) => each !== id) : [];
    change(() => ({ held, taken: isTaken ? [...others, id] : others }));
  };

  /** What is filled in anew is judged again when it is sent. */
  const forget = ({ target }: FormEvent) => {
    const { [nameOf(target as HTMLInputElement)]: known, ...others } = problems;
    if (known) setProblems(others);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // Who refuses has nothing to fill in.
    const wrong = isTakenNo ? [] : wrongInputs(event.currentTarget);
    setProblems(Object.fromEntries(wrong.map((input) => [nameOf(input), input.validationMessage])));
    wrong[0]?.focus();
    if (wrong.length > 0) return;
    try {
      const value = isTakenNo ? undefined : field ? valueOf(field, held) : asksText ? held : undefined;
      // To the service an answer of null is none.
      if (value === null) return setProblem("The answer cannot be null.");
      onSend(answerOf(request, { choiceIds: taken, decision: isTakenNo ? "DENIED" : null, value }));
      setProblem("");
    } catch {
      setProblem("This is no JSON.");
    }
  };
  return (
    <form className="answer" noValidate onSubmit={submit} onInput={forget}>
      {field && <SchemaField field={field} held={held} problems={problems} onChange={hold} />}
      {asksText && (
        <textarea
          id={request.id}
          aria-label="Your answer"
          aria-describedby={describedBy(request.id, problems)}
          aria-invalid={request.id in problems}
          rows={2}
          required
          value={held as string}
          onChange={(event) => hold(event.target.value)}
        />
      )}
      {isPicked &&
        choices.map((choice, index) => (
          <label key={choice.id} className="tick">
            <input
              type={multiple ? "checkbox" : "radio"}
              ref={saying(index === 0 && lacksChoice ? "Please choose at least one." : "")}
              name={request.id}
              aria-describedby={describedBy(request.id, problems)}
              checked={taken.includes(choice.id)}
              onChange={({ target }) => pick(choice.id, target.checked)}
            />
            <Words {...choice} />
          </label>
        ))}
      <Problem of={request.id} problems={problems} />
      <div className="buttons">
        {isDirect && <Choices {...{ request, isSending, onSend }} />}
        {isFilledIn && (
          <button type="submit" className="button is-main" disabled={isSending}>
            {isQuestion ? "Answer" : isTakenNo ? "Deny" : "Approve"}
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
        {!meanings.includes("DENIED") && (
          <button
            type="button"
            className={isQuestion ? "button is-quiet" : "button"}
            disabled={isSending}
            onClick={() =>
              onSend(answerOf(request, { choiceIds: isQuestion ? [] : open, decision: "DENIED" }))
            }
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

function Words({ label, description }: InputRequest["choices"][number]) {
  return (
    <span>
      {label}
      {description && <small>{description}</small>}
    </span>
  );
}

/** The choices as buttons, each of which is a whole answer. */
function Choices({ request, isSending, onSend }: AnswerFormProps) {
  return request.choices.map((choice) => {
    const decision = meaningOf({ kind: request.kind, choice });
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
  });
}

type FormInput = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** By what an input's problem is kept: the name that several share, or else its id. */
function nameOf({ name, id }: FormInput): string {
  return name || id;
}

/** The inputs of a form that lack something, or hold what they may not. */
function wrongInputs(form: HTMLFormElement): FormInput[] {
  return ([...form.elements] as FormInput[]).filter(
    ({ willValidate, validity }) => willValidate && !validity.valid,
  );
}
