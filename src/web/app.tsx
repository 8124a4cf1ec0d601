import { useAddress } from "./address";
import { Boundary } from "./frame/boundary";
import { Notices } from "./frame/notice";
import { SignedIn } from "./frame/signed-in";
import { InboxPage } from "./inbox/inbox-page";
import { QueuesPage } from "./queue/queues-page";
import { RunnersPage } from "./queue/runners-page";

/** The page that the address names, for who is signed in. */
export function App() {
  const address = useAddress();
  const { page } = address;
  return (
    <SignedIn>
      <Notices>
        <Boundary what="This page" of={address}>
          {page === "inbox" && <InboxPage />}
          {page === "queues" && <QueuesPage />}
          {page === "runners" && <RunnersPage />}
        </Boundary>
      </Notices>
    </SignedIn>
  );
}
