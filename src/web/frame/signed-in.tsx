import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { type Client, GraphRequestError, createClient } from "../../client/client.js";
import { AgentRunProvider } from "../../client/react.js";
import { viewerDocument } from "../inbox/documents";
import { messageOf } from "./notice";
import { storeToken, storedToken } from "./token";

/** Who looks at the page. */
export interface Viewer {
  readerId: string | null;
  tenantId: string;
  scopes: readonly string[];
}

interface SignedInState {
  viewer: Viewer;
  /** Forgets the token, and asks for another. */
  signOut: (reason?: string) => void;
}

const Signed = createContext<SignedInState | undefined>(undefined);

/** Who is signed in, and how to leave. */
export function useSignedIn(): SignedInState {
  const state = useContext(Signed);
  if (!state) throw new Error("it is used outside of SignedIn");
  return state;
}

/** Asks for another token once the service refuses this one. */
export function useSignedOut(error: GraphRequestError | null | undefined): void {
  const { signOut } = useSignedIn();
  const isRefused = error?.code === "UNAUTHENTICATED";
  useEffect(() => {
    if (isRefused) signOut("The token is not taken any more.");
  }, [isRefused, signOut]);
}

/** How long until the service is asked again who looks, while it does not answer, in milliseconds. */
const againMs = 2_000;

/** Shows what is inside to who may see it; asks for a token where one is wanted. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [token, setToken] = useState(storedToken);
  const [viewer, setViewer] = useState<Viewer>();
  const [refusal, setRefusal] = useState<{ reason: string; isForm: boolean }>();
  const client = useMemo<Client>(
    () => createClient({ url: new URL("/graphql", location.href).href, ...(token ? { token } : {}) }),
    [token],
  );
  const signOut = useMemo(
    () =>
      (reason = "") => {
        storeToken("");
        setToken("");
        setViewer(undefined);
        setRefusal({ reason, isForm: true });
      },
    [],
  );
  const isAsked = !viewer && !refusal?.isForm;
  useEffect(() => {
    if (!isAsked) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLeft = false;
    const ask = async () => {
      try {
        const { viewer } = await client.request(viewerDocument, {});
        if (isLeft) return;
        setRefusal(undefined);
        setViewer(viewer);
      } catch (error) {
        if (isLeft) return;
        const isForm = error instanceof GraphRequestError && error.code === "UNAUTHENTICATED";
        setRefusal({ reason: isForm && !token ? "" : messageOf(error), isForm });
        if (!isForm) timer = setTimeout(() => void ask(), againMs);
      }
    };
    void ask();
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [client, isAsked, token]);

  if (!isAsked && !viewer) {
    const take = (given: string) => {
      storeToken(given);
      setRefusal(undefined);
      setToken(given);
    };
    return <TokenForm reason={refusal?.reason ?? ""} onToken={take} />;
  }
  if (!viewer) {
    return (
      <main className="gate" aria-busy="true">
        {refusal && (
          <p className="problem">The service does not answer; it is asked again. {refusal.reason}</p>
        )}
      </main>
    );
  }
  return (
    <AgentRunProvider client={client}>
      <Signed.Provider value={{ viewer, signOut }}>{children}</Signed.Provider>
    </AgentRunProvider>
  );
}

function TokenForm({ reason, onToken }: { reason: string; onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) onToken(text.trim());
  };
  return (
    <main className="gate">
      <form onSubmit={submit}>
        <h1>agentrun-graph</h1>
        <p>This service wants to know who you are. Paste a token or an API key.</p>
        {reason && (
          <p className="problem" role="alert">
            {reason}
          </p>
        )}
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button is-main">
          Open the inbox
        </button>
        <p className="hint">It is kept until you close this tab, and sent to this service alone.</p>
      </form>
    </main>
  );
}
