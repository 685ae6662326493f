import { Link } from 'react-router';
import type { Session } from '../../api/types';
import { Icon } from '../../components/Icon';
import { Ago, Elapsed } from '../../components/Time';
import { DiffCounts } from './DiffCounts';
import { isOver } from './stateInfo';
import { StateBadge } from './StateBadge';
import './SessionCard.css';

/** One session on the board; the whole card is its link. */
export function SessionCard({ session }: { session: Session }) {
  const over = isOver(session.state);
  return (
    <article className="card" data-state={session.state}>
      <header className="card-top">
        <StateBadge state={session.state} />
        <span className="card-time">
          {over ? <Ago at={session.endedAt ?? session.createdAt} /> : <Elapsed from={session.startedAt ?? session.createdAt} />}
        </span>
      </header>
      <h3 className="card-title">
        <Link to={`/sessions/${encodeURIComponent(session.id)}`}>{session.title || session.id}</Link>
      </h3>
      <p className="card-repo">
        <Icon name="branch" size={13} />
        <span className="card-names mono">
          {session.repo}
          <span className="card-base"> {session.baseBranch}</span>
        </span>
      </p>
      {session.reason && (over || session.state === 'needsInput') && <p className="card-reason">{session.reason.message}</p>}
      <footer className="card-foot">
        <span>{session.profile}</span>
        {over && session.exitCode != null && <span className={session.exitCode === 0 ? '' : 'card-exit'}>exit {session.exitCode}</span>}
        <DiffCounts diff={session.diff} />
      </footer>
    </article>
  );
}
