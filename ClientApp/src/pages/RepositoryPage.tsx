import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useDeleteRepo, useRepo } from '../api/queries';
import { Empty, Skeleton } from '../components/Blank';
import { Button, ButtonLink } from '../components/Button';
import { Confirm } from '../components/Confirm';
import { CopyButton } from '../components/Copy';
import { Notice } from '../components/Notice';
import { useTitle } from '../components/useTitle';
import { asApiError } from '../api/errors';
import { Problem } from '../features/Problem';
import { Branches } from '../features/repositories/Branches';
import { PushInstructions } from '../features/repositories/PushInstructions';
import { RepositoryTag } from '../features/repositories/RepositoryRow';
import { SessionCard } from '../features/sessions/SessionCard';
import { useSessions } from '../features/sessions/useSessions';
import './RepositoryPage.css';

export function RepositoryPage() {
  const { owner = '', name = '' } = useParams();
  const fullName = `${owner}/${name}`;
  useTitle(fullName);
  const navigate = useNavigate();
  const { data: repo, error, isPending, refetch } = useRepo(owner, name);
  const { sessions } = useSessions(fullName);
  const remove = useDeleteRepo();
  const [asking, setAsking] = useState(false);

  if (isPending) return <Skeleton label="Loading repository" rows={3} height="6rem" />;
  if (!repo) {
    return asApiError(error).status === 404 ? (
      <Empty title="No such repository" action={<ButtonLink to="/repositories">All repositories</ButtonLink>}>
        <code>{fullName}</code> does not exist, or is not yours to see.
      </Empty>
    ) : (
      <Problem title="The repository could not be loaded" error={error} onRetry={() => void refetch()} />
    );
  }
  const ready = repo.state === 'ready' && !repo.empty;
  return (
    <>
      <div className="page-head">
        <h1 className="repo-page-name">
          <span>
            <span className="repo-owner">{repo.owner}/</span>
            {repo.name}
          </span>
          <RepositoryTag repo={repo} />
        </h1>
        <Button icon="trash" onClick={() => setAsking(true)}>
          Delete
        </Button>
        {ready && (
          <ButtonLink look="primary" icon="plus" to={`/sessions/new?repo=${encodeURIComponent(repo.fullName)}`}>
            New session
          </ButtonLink>
        )}
      </div>
      <div className="repo-page">
        <div>
          {repo.state === 'importing' && (
            <Notice title="The import is under way">Its branches appear here when it is done. You may leave this page.</Notice>
          )}
          {repo.state === 'failed' && (
            <Notice tone="bad" title="The import failed">
              {repo.error ?? 'The server gave no reason.'} Delete this repository and import it again.
            </Notice>
          )}
          {repo.state === 'ready' && (repo.empty ? <PushInstructions repo={repo} /> : <Branches repo={repo} />)}
        </div>
        <div>
          <section className="panel" aria-labelledby="clone-title">
            <h2 id="clone-title">Clone</h2>
            {repo.description && <p className="panel-text">{repo.description}</p>}
            <div className="repo-clone">
              <code title={repo.cloneUrl}>{repo.cloneUrl}</code>
              <CopyButton text={repo.cloneUrl} label="Copy clone address" />
            </div>
          </section>
          {sessions && sessions.length > 0 && (
            <section className="side-sessions" aria-labelledby="sessions-title">
              <h2 id="sessions-title">
                Sessions <span className="lane-count">{sessions.length}</span>
              </h2>
              {sessions.slice(0, 5).map((session) => (
                <SessionCard key={session.id} session={session} />
              ))}
              {sessions.length > 5 && <Link to={`/?repo=${encodeURIComponent(fullName)}`}>All of them</Link>}
            </section>
          )}
        </div>
      </div>
      {asking && (
        <Confirm
          title={`Delete ${repo.fullName}?`}
          action="Delete repository"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            try {
              await remove.mutateAsync({ owner, name });
            } catch (failed) {
              return <Problem title="It could not be deleted" error={failed} />;
            }
            await navigate('/repositories');
            return undefined;
          }}
        >
          All its branches and their history go with it. This cannot be taken back.
        </Confirm>
      )}
    </>
  );
}
