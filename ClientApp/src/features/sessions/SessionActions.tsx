import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useDeleteSession, useSessionCommand } from '../../api/queries';
import type { Session } from '../../api/types';
import { Button } from '../../components/Button';
import { Confirm } from '../../components/Confirm';
import { Problem } from '../Problem';
import { stateInfo } from './stateInfo';

/** What one can do to a session in the state it is in. */
export function SessionActions({ session }: { session: Session }) {
  const navigate = useNavigate();
  const command = useSessionCommand(session.id);
  const remove = useDeleteSession(session.id);
  const [asking, setAsking] = useState<'stop' | 'delete' | null>(null);
  const { actions } = stateInfo[session.state];
  const failedQuietly = command.isError && asking === null;
  return (
    <>
      <div className="session-actions">
        {actions.resume && (
          <Button look="primary" icon="play" busy={command.isPending} onClick={() => command.mutate('resume')}>
            Resume
          </Button>
        )}
        {actions.pause && (
          <Button icon="pause" busy={command.isPending} onClick={() => command.mutate('pause')}>
            Pause
          </Button>
        )}
        {actions.stop && (
          <Button
            icon="stop"
            onClick={() => {
              command.reset();
              setAsking('stop');
            }}
          >
            Stop
          </Button>
        )}
        {actions.remove && (
          <Button icon="trash" onClick={() => setAsking('delete')}>
            Delete
          </Button>
        )}
      </div>
      {failedQuietly && <Problem title="That did not work" error={command.error} />}
      {asking === 'stop' && (
        <Confirm
          title="Stop this session?"
          action="Stop session"
          onClose={() => setAsking(null)}
          onConfirm={() =>
            command.mutateAsync('stop').then(
              () => undefined,
              (error: unknown) => <Problem title="It could not be stopped" error={error} />,
            )
          }
        >
          The engine is asked to end, and ended where it does not. Its branch and its events stay.
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm
          title="Delete this session?"
          action="Delete session"
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            try {
              await remove.mutateAsync();
            } catch (error) {
              return <Problem title="It could not be deleted" error={error} />;
            }
            await navigate('/');
            return undefined;
          }}
        >
          Its sandbox, workspace and events are removed. What was not pushed is gone. This cannot be taken back.
        </Confirm>
      )}
    </>
  );
}
