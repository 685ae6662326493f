import { useState, type FormEvent } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { asApiError } from '../api/errors';
import { useServices } from '../api/services';
import { Button } from '../components/Button';
import { TextField } from '../components/Field';
import { Notice } from '../components/Notice';
import { useTitle } from '../components/useTitle';
import { AuthFrame } from '../features/auth/AuthFrame';
import { Problem } from '../features/Problem';

/** First start: whoever holds the one-time link chooses the administrator's password, and is signed in. */
export function SetupPage() {
  useTitle('Set up');
  const { auth } = useServices();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const token = search.get('token') ?? '';
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [differ, setDiffer] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setDiffer(password !== again);
    if (password !== again) return;
    setBusy(true);
    setError(undefined);
    try {
      await auth.setUp(token, password);
      // The token must not stay in the address bar or the history.
      await navigate('/', { replace: true });
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };

  const problem = error === undefined ? undefined : asApiError(error);
  return (
    <AuthFrame title="Set up Squad">
      {token === '' ? (
        <Notice tone="warn" title="This link is not complete">
          Use the whole link that the server printed when it started. If setup is done already, <Link to="/">sign in</Link>.
        </Notice>
      ) : (
        <>
          <p>
            Choose the password of the first user, <code>admin</code>. The link you came by works once.
          </p>
          {problem && !problem.field('password') && <Problem title="Setup did not work" error={problem} />}
          <form onSubmit={(event) => void submit(event)}>
            <input type="text" autoComplete="username" value="admin" readOnly hidden />
            <TextField
              label="Password"
              type="password"
              autoComplete="new-password"
              required
              minLength={8}
              autoFocus
              hint="At least 8 characters; a few words are easier to keep in mind than signs."
              value={password}
              error={problem?.field('password')}
              onChange={(event) => setPassword(event.target.value)}
            />
            <TextField
              label="Password again"
              type="password"
              autoComplete="new-password"
              required
              value={again}
              error={differ ? 'The two are not the same.' : undefined}
              onChange={(event) => setAgain(event.target.value)}
            />
            <div className="form-actions">
              <Button type="submit" look="primary" busy={busy}>
                Set password and sign in
              </Button>
            </div>
          </form>
        </>
      )}
    </AuthFrame>
  );
}
