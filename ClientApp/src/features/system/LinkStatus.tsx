import { useLinkStatus, useLive } from '../../api/services';
import { Button } from '../../components/Button';
import { never } from '../../live/never';
import type { LinkStatus as Status } from '../../live/hub';
import './LinkStatus.css';

const words = (status: Status): string => {
  switch (status) {
    case 'connecting':
      return 'Connecting';
    case 'connected':
      return 'Live';
    case 'reconnecting':
      return 'Reconnecting';
    case 'offline':
      return 'Offline';
    default:
      return never(status);
  }
};

/** Whether what the page shows is live. Always there, so that its absence never has to be noticed. */
export function LinkStatus() {
  const status = useLinkStatus();
  const { hub } = useLive();
  return (
    <span className="link" data-status={status}>
      <span className="link-words" role="status" aria-label={`Connection: ${words(status)}`}>
        <span className="link-dot" aria-hidden="true" />
        <span className="link-text">{words(status)}</span>
      </span>
      {status === 'offline' && (
        <Button small look="quiet" onClick={hub.retry}>
          Retry now
        </Button>
      )}
    </span>
  );
}
