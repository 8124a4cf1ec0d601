import { useState } from "react";
import type { GraphRequestError, InputRequest } from "../../client/client.js";
import type { useInputRequests } from "../../client/react.js";
import { messageOf, useTelling } from "../frame/notice";
import type { AnswerGiven } from "./answer";

/** What agents ask, and how it is answered. */
export interface Asking {
  requests: readonly InputRequest[];
  readonly answer: (id: string, given: AnswerGiven) => Promise<unknown>;
  isLoading: boolean;
  /** Why not all of it is known; empty where it is. */
  problem: string;
  readonly again: () => void;
}

/**
 * What agents ask, where one that is being answered stays in its place until the service has taken the answer: what was filled in is
 * still there if it is refused.
 */
export function useAnswering(store: ReturnType<typeof useInputRequests>): Asking {
  const { requests, answer, status, error, refresh } = store;
  const { tell } = useTelling();
  const [sent, setSent] = useState<readonly { request: InputRequest; index: number }[]>([]);
  const shown = [...requests];
  for (const { request, index } of sent)
    if (!shown.some(({ id }) => id === request.id)) shown.splice(index, 0, request);
  const send = async (id: string, given: AnswerGiven) => {
    const index = shown.findIndex((request) => request.id === id);
    const request = shown[index];
    if (request) setSent((before) => [...before, { request, index }]);
    try {
      return await answer(id, given);
    } catch (error) {
      // Then it is asked no more, and has no place where that could be said.
      if ((error as GraphRequestError).code === "ALREADY_TERMINAL")
        tell({ text: messageOf(error), isBad: true });
      throw error;
    } finally {
      setSent((before) => before.filter((one) => one.request.id !== id));
    }
  };
  return {
    requests: shown,
    answer: send,
    isLoading: status === "loading",
    problem: error?.message ?? "",
    again: refresh,
  };
}
