import { useBranches } from '../../api/queries';
import type { Repository } from '../../api/types';
import { Skeleton } from '../../components/Blank';
import { ButtonLink } from '../../components/Button';
import { Problem } from '../Problem';

export function Branches({ repo }: { repo: Repository }) {
  const { data, error, isPending, refetch } = useBranches(repo.owner, repo.name, true);
  return (
    <section className="panel" aria-labelledby="branches-title">
      <h2 id="branches-title">Branches {data && <span className="lane-count">{data.items.length}</span>}</h2>
      {isPending && <Skeleton label="Loading branches" rows={2} height="2.75rem" />}
      {error && <Problem title="Branches could not be loaded" error={error} onRetry={() => void refetch()} />}
      {data && (
        <ul className="branches">
          {data.items.map((branch) => (
            <li key={branch.name}>
              <span className="mono branches-name">{branch.name}</span>
              {branch.default && <span className="tag">default</span>}
              <code className="branches-commit" title={branch.commit}>
                {branch.commit.slice(0, 10)}
              </code>
              <ButtonLink
                small
                look="quiet"
                to={`/sessions/new?repo=${encodeURIComponent(repo.fullName)}&branch=${encodeURIComponent(branch.name)}`}
                aria-label={`New session from ${branch.name}`}
                icon="plus"
              >
                Session
              </ButtonLink>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
