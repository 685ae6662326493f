import type { SessionState } from '../../api/types';
import { stateInfo } from './stateInfo';
import './StateBadge.css';

/** `live` announces changes to screen readers; used once a page at most. */
export function StateBadge({ state, live = false }: { state: SessionState; live?: boolean }) {
  const info = stateInfo[state];
  return (
    <span className={`state state-${info.tone}`} title={info.meaning} role={live ? 'status' : undefined} aria-label={live ? `State: ${info.label}` : undefined}>
      <span className="state-dot" aria-hidden="true" />
      {info.label}
    </span>
  );
}
