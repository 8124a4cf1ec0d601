import { useAddress } from "./address";
import { Notices } from "./frame/notice";
import { SignedIn } from "./frame/signed-in";
import { InboxPage } from "./inbox/inbox-page";
import { QueuesPage } from "./queue/queues-page";
import { RunnersPage } from "./queue/runners-page";

/** The page that the address names, for who is signed in. */
export function App() {
  const { page } = useAddress();
  return (
    <SignedIn>
      <Notices>
        {page === "inbox" && <InboxPage />}
        {page === "queues" && <QueuesPage />}
        {page === "runners" && <RunnersPage />}
      </Notices>
    </SignedIn>
  );
}
