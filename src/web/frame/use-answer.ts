import { useCallback, useEffect, useState } from "react";
import type { GraphRequestError, OperationText } from "../../client/client.js";
import { useAgentRunClient } from "../../client/react.js";

/** What a question to the service has come to. */
export interface Asked<Data> {
  data: Data | undefined;
  error: GraphRequestError | undefined;
  isAsking: boolean;
  /** Asks once more. */
  again: () => void;
}

/** Asks the service once for each document, variables and round; null asks nothing. What was answered last stays while it asks anew. */
export function useAnswer<Data, Variables>(
  document: OperationText<Data, Variables>,
  variables: Variables | null,
  round: number | string = 0,
): Asked<Data> {
  const client = useAgentRunClient();
  const [asked, setAsked] = useState<Omit<Asked<Data>, "again">>({
    data: undefined,
    error: undefined,
    isAsking: true,
  });
  const [tries, setTries] = useState(0);
  const again = useCallback(() => setTries((before) => before + 1), []);
  const written = JSON.stringify(variables);
  useEffect(() => {
    const given = JSON.parse(written) as Variables | null;
    if (given === null) return;
    let isLeft = false;
    setAsked((before) => ({ ...before, isAsking: true }));
    client.request(document, given).then(
      (data) => !isLeft && setAsked({ data, error: undefined, isAsking: false }),
      (error: unknown) =>
        !isLeft && setAsked((before) => ({ ...before, error: error as GraphRequestError, isAsking: false })),
    );
    return () => {
      isLeft = true;
    };
  }, [client, document, written, round, tries]);
  return { ...asked, again };
}
