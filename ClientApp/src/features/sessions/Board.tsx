import type { Session } from '../../api/types';
import { SessionCard } from './SessionCard';
import { byLane, lanes } from './stateInfo';
import './Board.css';

/** Sessions in lanes by what they ask of the reader. */
export function Board({ sessions }: { sessions: readonly Session[] }) {
  const grouped = byLane(sessions);
  return (
    <div className="board">
      {lanes.map(({ key, title, none }) => (
        <section key={key} className="lane" data-lane={key} data-empty={grouped[key].length === 0 || undefined} aria-labelledby={`lane-${key}`}>
          <h2 id={`lane-${key}`}>
            {title} <span className="lane-count">{grouped[key].length}</span>
          </h2>
          {grouped[key].length === 0 ? (
            <p className="lane-none">{none}</p>
          ) : (
            <ul>
              {grouped[key].map((session) => (
                <li key={session.id}>
                  <SessionCard session={session} />
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
    </div>
  );
}
