import { asApiError } from '../api/errors';
import { Failure } from '../components/Notice';

/** A failed call, in words: the server's own where it answered; with the trace id where the fault is the server's. */
export function Problem({ title, error, onRetry }: { title: string; error: unknown; onRetry?: () => void }) {
  const problem = asApiError(error);
  return (
    <Failure
      title={title}
      message={problem.message}
      code={problem.code}
      traceId={problem.status >= 500 ? problem.traceId : undefined}
      {...(onRetry && { onRetry })}
    />
  );
}
