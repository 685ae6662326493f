import { useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useRepos } from '../api/queries';
import { Empty, Skeleton } from '../components/Blank';
import { Button } from '../components/Button';
import { useShortcut } from '../components/shortcuts';
import { useTitle } from '../components/useTitle';
import { Problem } from '../features/Problem';
import { NewRepositoryDialog, type NewRepositoryKind } from '../features/repositories/NewRepositoryDialog';
import { RepositoryRow } from '../features/repositories/RepositoryRow';

const filterFrom = 6;

export function RepositoriesPage() {
  useTitle('Repositories');
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useState('');
  const filter = useRef<HTMLInputElement>(null);
  useShortcut('/', () => filter.current?.focus());
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useRepos();
  const repos = data?.pages.flatMap((page) => page.items);
  const asked = search.get('new');
  const kind: NewRepositoryKind | undefined = asked === 'create' || asked === 'import' ? asked : undefined;
  const open = (which: NewRepositoryKind) => setSearch({ new: which });
  const words = text.trim().toLowerCase();
  const shown = repos?.filter((repo) => `${repo.fullName} ${repo.description ?? ''}`.toLowerCase().includes(words));
  const buttons = (
    <>
      <Button onClick={() => open('import')}>Import</Button>
      <Button look="primary" icon="plus" onClick={() => open('create')}>
        Create repository
      </Button>
    </>
  );
  return (
    <>
      <div className="page-head">
        <h1>Repositories</h1>
        {repos && repos.length > 0 && <div className="page-actions">{buttons}</div>}
      </div>
      {error && !repos && <Problem title="Repositories could not be loaded" error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton label="Loading repositories" rows={4} />}
      {repos && repos.length >= filterFrom && (
        <div className="filters" role="search" aria-label="Filter repositories">
          <div className="filters-text">
            <input
              ref={filter}
              className="control"
              type="search"
              aria-label="Filter by text"
              placeholder="Filter"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                setText('');
                event.currentTarget.blur();
              }}
            />
            <kbd aria-hidden="true">/</kbd>
          </div>
        </div>
      )}
      {repos?.length === 0 && (
        <Empty title="No repositories yet" action={buttons}>
          Create one and push to it, or import one by its address. Squad hosts it with plain git over HTTP.
        </Empty>
      )}
      {repos && repos.length > 0 && shown?.length === 0 && (
        <Empty title="No repository fits the filter" action={<Button onClick={() => setText('')}>Clear the filter</Button>} />
      )}
      {shown && shown.length > 0 && (
        <ul className="repos">
          {shown.map((repo) => (
            <li key={repo.id}>
              <RepositoryRow repo={repo} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <div className="more">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
      {kind && <NewRepositoryDialog kind={kind} onClose={() => setSearch({}, { replace: true })} />}
    </>
  );
}
