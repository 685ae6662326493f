import { ago, duration, useNow } from './time';

/** When something happened, as a distance; the exact time is its tooltip. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  const time = Date.parse(at);
  return Number.isNaN(time) ? null : (
    <time dateTime={at} title={new Date(time).toLocaleString()}>
      {ago(now - time)}
    </time>
  );
}

/** How long something has run, or ran. */
export function Elapsed({ from, to }: { from: string; to?: string | null | undefined }) {
  const now = useNow();
  const start = Date.parse(from);
  const end = to ? Date.parse(to) : now;
  return Number.isNaN(start) || Number.isNaN(end) ? null : <span className="elapsed">{duration(end - start)}</span>;
}
