import { useParams } from 'react-router';
import { asApiError } from '../api/errors';
import { useSession } from '../api/queries';
import { Empty, Skeleton } from '../components/Blank';
import { ButtonLink } from '../components/Button';
import { useTitle } from '../components/useTitle';
import { Problem } from '../features/Problem';
import { SessionView } from '../features/sessions/SessionView';

export function SessionPage() {
  const { id = '' } = useParams();
  const { data: session, error, isPending, refetch } = useSession(id);
  useTitle(session?.title || 'Session');
  if (isPending) return <Skeleton label="Loading session" rows={2} height="5rem" />;
  if (session) return <SessionView key={session.id} session={session} />;
  return asApiError(error).status === 404 ? (
    <Empty title="No such session" action={<ButtonLink to="/">All sessions</ButtonLink>}>
      It was deleted, or is not yours to see.
    </Empty>
  ) : (
    <Problem title="The session could not be loaded" error={error} onRetry={() => void refetch()} />
  );
}
