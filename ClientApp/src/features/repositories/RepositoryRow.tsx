import { Link } from 'react-router';
import type { Repository } from '../../api/types';
import { CopyButton } from '../../components/Copy';
import { Icon } from '../../components/Icon';
import { Ago } from '../../components/Time';
import './RepositoryRow.css';

/** What to say of a repository that cannot be worked on as it is; nothing for one that can. */
export const RepositoryTag = ({ repo }: { repo: Repository }) =>
  repo.state === 'importing' ? (
    <span className="tag tag-live">Importing</span>
  ) : repo.state === 'failed' ? (
    <span className="tag tag-bad">Import failed</span>
  ) : repo.empty ? (
    <span className="tag">Empty</span>
  ) : null;

export const RepositoryRow = ({ repo }: { repo: Repository }) => (
  <article className="repo">
    <div className="repo-main">
      <h2>
        <Link to={`/repositories/${encodeURIComponent(repo.owner)}/${encodeURIComponent(repo.name)}`}>
          <span className="repo-owner">{repo.owner}/</span>
          {repo.name}
        </Link>
        {repo.private && (
          <span className="repo-lock" title="Private">
            <Icon name="lock" size={13} />
            <span className="visually-hidden">Private</span>
          </span>
        )}
        <RepositoryTag repo={repo} />
      </h2>
      {repo.state === 'failed' && repo.error ? <p className="repo-error">{repo.error}</p> : repo.description && <p>{repo.description}</p>}
      <p className="repo-meta">
        <span>
          <Icon name="branch" size={13} /> <span className="mono">{repo.defaultBranch}</span>
        </span>
        <span>
          Added <Ago at={repo.createdAt} />
        </span>
      </p>
    </div>
    <div className="repo-clone">
      <code title={repo.cloneUrl}>{repo.cloneUrl}</code>
      <CopyButton text={repo.cloneUrl} label={`Copy clone address of ${repo.fullName}`} />
    </div>
  </article>
);
