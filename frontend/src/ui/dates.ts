// Days as people say them.

import { pageLanguage } from "../words";

const DAY_MS = 86_400_000;

/**
 * "14:05" today, "yesterday", "Monday" within a week, else the date. Times are Unix milliseconds;
 * `languages` are the browser's, which know whether the person's English is British.
 */
export function dayOf(at: number, now: number, languages: readonly string[] = navigator.languages): string {
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  const [day, today] = [new Date(at), new Date(now)];
  const language = languages.find((tag) => tag.startsWith(pageLanguage())) ?? pageLanguage();
  if (days <= 0) return day.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  if (days === 1) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-1, "day");
  if (days < 7) return day.toLocaleDateString(language, { weekday: "long" });
  const isThisYear = day.getFullYear() === today.getFullYear();
  return day.toLocaleDateString(language, { day: "numeric", month: "short", ...(!isThisYear && { year: "numeric" }) });
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
