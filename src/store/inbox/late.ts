/**
 * How near to a change, in SQL, a session's last activity has to be for the newest stretch of every reader's skips to hold it: such
 * stretches begin five minutes before the skips were saved, and no transaction lasts as long as the difference. A change that leaves
 * last activity further behind sets session.late_at. See ReaderSkip in prisma/schema.prisma.
 */
const nearby = "interval '1 minute'";

/** What a change sets session.late_at to, in SQL, of a session with this last activity. */
export const lateAtOf = (activity: string) =>
  `CASE WHEN ${activity} < clock_timestamp() - ${nearby} THEN clock_timestamp() END`;

/** As {@link lateAtOf}, of a session that is there. */
export const lateAt = lateAtOf("last_activity_at");

/**
 * What events set a session's last_activity_at to, in SQL; `news` has when they were stored, `at`, and when the newest happened, `happened`. While
 * the session is RUNNING it moves at most once a second.
 */
export const activityAfter = (news: string) =>
  `CASE WHEN execution_state = 'RUNNING' AND last_activity_at > ${news}.happened - interval '1 second' THEN last_activity_at
    ELSE greatest(last_activity_at, ${news}.happened) END`;

/** What they set its late_at to: as {@link lateAt}, of a session that rests. */
export const lateAtAfter = (news: string) =>
  `CASE WHEN execution_state = 'RUNNING' OR late_at IS NULL AND ${news}.happened >= ${news}.at - ${nearby} THEN late_at
    WHEN greatest(last_activity_at, ${news}.happened) < ${news}.at - ${nearby} THEN ${news}.at END`;
