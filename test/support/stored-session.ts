import type { TenantStore } from "../../src/store/store.js";

/** All that is stored of a session, its ids by their kinds, and without its name, its versions and the moments of today at which it was stored. */
export async function readStored({ pool }: TenantStore, name: string): Promise<string> {
  const { rows } = await pool.query<{ line: string }>(
    `WITH stored AS (SELECT id FROM session WHERE name = $1)
     SELECT concat_ws(' ', 'session', to_jsonb(session)) AS line FROM session WHERE id IN (TABLE stored)
     UNION ALL SELECT concat_ws(' ', 'run', to_jsonb(run)) FROM run WHERE session_id IN (TABLE stored)
     UNION ALL SELECT concat_ws(' ', 'command', to_jsonb(command)) FROM command WHERE session_id IN (TABLE stored)
     UNION ALL SELECT concat_ws(' ', 'request', to_jsonb(input_request)) FROM input_request WHERE session_id IN (TABLE stored)
     UNION ALL SELECT concat_ws(' ', 'event', to_jsonb(run_event)) FROM run_event WHERE session_id IN (TABLE stored)`,
    [name],
  );
  const today = new Date().toISOString().slice(0, 10);
  return rows
    .map(({ line }) =>
      line
        .replaceAll(name, "the name")
        .replaceAll(/\b(ses|run|cmd|inp)_[0-9a-f]{32}/g, "$1")
        .replaceAll(new RegExp(`"${today}T[^"]*"`, "g"), '"now"')
        .replaceAll(/"((?:\w+_)?version|payload_hash)": ("[^"]*"|\d+)/g, '"$1"'),
    )
    .toSorted()
    .join("\n");
}
