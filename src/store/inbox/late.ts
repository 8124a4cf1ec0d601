/**
 * How near to a change, in SQL, a session's last activity has to be for the newest interval of every reader's skips to hold it: such
 * intervals begin five minutes before the skips were saved, and no transaction lasts as long as the difference. A change that leaves
 * last activity further behind sets session.late_at. See ReaderSkip in prisma/schema.prisma.
 */
export const nearby = "interval '1 minute'";

/** What a change sets session.late_at to, in SQL. */
export const lateAt = `CASE WHEN last_activity_at < clock_timestamp() - ${nearby} THEN clock_timestamp() END`;
