import { useRouteError } from 'react-router';
import { Button } from '../../components/Button';
import { Problem } from '../Problem';

/** What is left of a page that threw. A new build on the server takes the old one's files away, which a reload mends. */
export function Crash() {
  const error = useRouteError();
  return (
    <div className="page page-narrow stack" role="main">
      <Problem title="This page broke" error={error} />
      <div>
        <Button look="primary" onClick={() => location.reload()}>
          Reload
        </Button>
      </div>
    </div>
  );
}
