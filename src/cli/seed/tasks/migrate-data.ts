import { call, create, print, printError, say } from "../event.js";
import type { Task } from "../task.js";

const moves = [
  {
    what: "prices from float to integer cents",
    table: "price_history",
    column: "price_cents",
    from: "round(price * 100)",
  },
  {
    what: "local times to timestamptz",
    table: "shipment_events",
    column: "happened_at",
    from: "local_time at time zone zone_name",
  },
  {
    what: "country names to ISO codes",
    table: "addresses",
    column: "country_code",
    from: "iso_code(country)",
  },
] as const;

/** Rows of a large table take another form, while the table is in use. */
export const migrateData: Task = (random) => {
  const { what, table, column, from } = random.pick(moves);
  const rows = random.whole(12, 240) * 1_000_000;
  const odd = random.whole(7, 900);
  return {
    slug: "migrate-data",
    title: `Move ${what}`,
    projectId: "data-platform",
    prompt: random.pick([
      `Write the migration that moves ${what} in ${table}. ${rows.toLocaleString("en")} rows, no downtime, and it must be possible to stop and go on.`,
      `We want to move ${what}. Please plan it in steps that can each be undone, and write the first one.`,
    ]),
    look: [
      call(
        "run",
        {
          command: `duckdb warehouse.db "select count(*), count(*) filter (where ${from} is null) from ${table}"`,
        },
        { exitCode: 0 },
      ),
      print([`count_star()  nulls`, `${rows}  ${odd}`], 0),
      say(`${odd} rows do not convert. Before I write anything I want to know what they have in common.`),
      call("search", { pattern: table, path: "pipelines" }, { matches: random.whole(4, 12) }),
      say("They all come from the import of 2019, which left fields empty. They need a rule, not a guess."),
    ],
    change: [
      say(
        "Three steps: add the column, fill it in batches with a bookmark, then switch readers. Each can be undone.",
      ),
      create(`sql/backfill_${table}.sql`, [
        `-- 10,000 rows at a time by primary key; safe to stop and start again.`,
        `update ${table} set ${column} = ${from}`,
        `where id > :bookmark and id <= :bookmark + 10000 and ${column} is null;`,
      ]),
    ],
    check: [
      call("run", { command: `python -m pipelines.backfill ${table} --sample 1000000` }, { exitCode: 0 }),
      print([`1,000,000 rows in 41 s, ${odd % 19} left for review`, `checksum before and after: equal`]),
      printError([`warning: ${odd % 19} rows have no rule and were skipped`], 0),
    ],
    report: `The migration of ${what} is written and tried on a million rows: 41 s, nothing lost. For all ${rows.toLocaleString("en")} rows reckon with ${Math.ceil(rows / 24_000 / 60)} minutes. ${odd} rows of 2019 need the rule that we agreed on.`,
    question: {
      prompt: `What should happen to the ${odd} rows that do not convert?`,
      options: ["leave them null", "set a default", "move them to a table of their own"],
      answer: "Move them to a table of their own, and send me the list.",
    },
    approval: `May I start the backfill of ${table} on staging?`,
    trouble: { kind: "INFRA_FAILED", message: "could not extend file: no space left on device" },
    obstacle: `A lock on ${table} is held by the nightly export, and nobody here may stop it.`,
    steer: "Run it outside the window from 01:00 to 03:00, the export needs the disk.",
    next: {
      prompt: "Write the check that we run after the switch.",
      events: [
        create(`sql/check_${table}.sql`, [
          `select count(*) = 0 as ok`,
          `from ${table} where ${column} is distinct from ${from};`,
        ]),
        print([`ok`, `true`], 0),
      ],
      report: "One query that must say true; it does on the sample.",
    },
  };
};
