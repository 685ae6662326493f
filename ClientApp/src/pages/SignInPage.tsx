import { useState, type FormEvent } from 'react';
import { useAuthStatus } from '../api/queries';
import { asApiError } from '../api/errors';
import { useAuthState, useServices } from '../api/services';
import { Button } from '../components/Button';
import { TextField } from '../components/Field';
import { Notice } from '../components/Notice';
import { useTitle } from '../components/useTitle';
import { AuthFrame } from '../features/auth/AuthFrame';
import { Problem } from '../features/Problem';

export function SignInPage() {
  useTitle('Sign in');
  const { auth } = useServices();
  const state = useAuthState();
  const status = useAuthStatus();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await auth.signIn(username.trim(), password);
    } catch (thrown) {
      setError(thrown);
      setPassword('');
      setBusy(false);
    }
  };

  const problem = error === undefined ? undefined : asApiError(error);
  return (
    <AuthFrame title="Sign in">
      {status.data?.setupRequired && (
        <Notice tone="warn" title="Squad has no administrator yet">
          Open the one-time setup link that the server printed when it started: it is in its terminal or its log, and ends in{' '}
          <code>/setup?token=…</code>
        </Notice>
      )}
      {state.status === 'signedOut' && state.reason === 'expired' && !problem && (
        <Notice title="You were signed out">Your sign-in has ended. Sign in again to go on where you were.</Notice>
      )}
      {problem && !problem.field('username') && !problem.field('password') && (
        <Problem title={problem.code === 'auth.invalid' ? 'That did not match' : 'Signing in did not work'} error={problem} />
      )}
      <form onSubmit={(event) => void submit(event)}>
        <TextField
          label="Username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={username}
          error={problem?.field('username')}
          onChange={(event) => setUsername(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          error={problem?.field('password')}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div className="form-actions">
          <Button type="submit" look="primary" busy={busy}>
            Sign in
          </Button>
        </div>
      </form>
    </AuthFrame>
  );
}
