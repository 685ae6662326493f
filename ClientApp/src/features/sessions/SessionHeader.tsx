import { Link } from 'react-router';
import type { Session } from '../../api/types';
import { CopyButton } from '../../components/Copy';
import { Icon } from '../../components/Icon';
import { Elapsed } from '../../components/Time';
import { Notice } from '../../components/Notice';
import type { SessionFacts } from '../../live/sessionFacts';
import { DiffCounts } from './DiffCounts';
import { usageText } from './eventSummary';
import { SessionActions } from './SessionActions';
import { StateBadge } from './StateBadge';
import { isOver, stateInfo } from './stateInfo';
import './SessionHeader.css';

export function SessionHeader({ session, facts }: { session: Session; facts: SessionFacts }) {
  const over = isOver(session.state);
  const info = stateInfo[session.state];
  const [owner = '', name = ''] = session.repo.split('/');
  return (
    <header className="session-head">
      <div className="session-top">
        <h1>{session.title || session.id}</h1>
        <SessionActions session={session} />
      </div>
      <ul className="session-facts">
        <li>
          <StateBadge state={session.state} live />
        </li>
        <li>
          <Icon name="repo" size={13} />
          <Link to={`/repositories/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`}>{session.repo}</Link>
        </li>
        <li className="session-branch">
          <Icon name="branch" size={13} />
          <span className="mono" title={`Made from ${session.baseBranch}`}>
            {session.branch}
          </span>
          <CopyButton text={session.branch} label="Copy branch name" />
        </li>
        <li>{session.profile}</li>
        {session.sandbox && (
          <li>
            <span className={session.sandbox.isolated ? 'tag' : 'tag tag-warn'} title={session.sandbox.image ?? undefined}>
              {session.sandbox.engine}
              {session.sandbox.isolated ? ', isolated' : ', not isolated'}
            </span>
          </li>
        )}
        <li>
          <span className="visually-hidden">{over ? 'Ran for' : 'Running for'}</span>
          <Elapsed from={session.startedAt ?? session.createdAt} to={over ? (session.endedAt ?? session.startedAt ?? session.createdAt) : undefined} />
        </li>
        {session.exitCode != null && <li className={session.exitCode === 0 ? undefined : 'session-bad'}>exit code {session.exitCode}</li>}
        {!over && facts.usage && <li className="session-usage">{usageText(facts.usage)}</li>}
        <li>
          <DiffCounts diff={session.diff} />
        </li>
      </ul>
      {info.tone === 'bad' && (
        <Notice tone="bad" title={info.meaning}>
          {session.reason?.message}
        </Notice>
      )}
      {session.state === 'needsInput' && (
        <Notice tone="warn" title={info.meaning}>
          {session.reason?.message}
        </Notice>
      )}
    </header>
  );
}
