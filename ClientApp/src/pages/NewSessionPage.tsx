import { useSearchParams } from 'react-router';
import { useTitle } from '../components/useTitle';
import { NewSessionForm } from '../features/sessions/NewSessionForm';

export function NewSessionPage() {
  useTitle('New session');
  const [search] = useSearchParams();
  return (
    <div className="page-narrow">
      <div className="page-head">
        <h1>New session</h1>
      </div>
      <NewSessionForm initialRepo={search.get('repo') ?? ''} initialBranch={search.get('branch') ?? ''} />
    </div>
  );
}
