/** A time to which a session may be snoozed. */
export interface SnoozeTime {
  label: string;
  until: Date;
}

function atHour(from: Date, days: number, hour: number): Date {
  const date = new Date(from);
  date.setDate(date.getDate() + days);
  date.setHours(hour, 0, 0, 0);
  return date;
}

/** The times that are offered: this evening only while it is to come. */
export function snoozeTimes(now: Date): SnoozeTime[] {
  const evening = atHour(now, 0, 18);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { label: "For an hour", until: new Date(now.getTime() + 3_600_000) },
    ...(evening > now ? [{ label: "This evening, 18:00", until: evening }] : []),
    { label: "Tomorrow, 9:00", until: atHour(now, 1, 9) },
    { label: "Next Monday, 9:00", until: atHour(now, toMonday, 9) },
  ];
}
