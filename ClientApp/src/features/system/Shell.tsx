import { NavLink, Outlet, useNavigate } from 'react-router';
import { useLive, useServices } from '../../api/services';
import { ButtonLink, IconButton } from '../../components/Button';
import { Icon } from '../../components/Icon';
import { useShortcut } from '../../components/shortcuts';
import { LinkStatus } from './LinkStatus';
import { Logo } from './Logo';
import { ShortcutHelp } from './ShortcutHelp';
import { ThemeButton } from './ThemeButton';
import { Warnings } from './Warnings';
import './Shell.css';

/** The frame of every page once signed in: warnings, the bar, and the page in <main>. */
export function Shell() {
  const { auth } = useServices();
  const { user } = useLive();
  const navigate = useNavigate();
  useShortcut('n', () => void navigate('/sessions/new'));
  useShortcut('b', () => void navigate('/'));
  useShortcut('r', () => void navigate('/repositories'));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Warnings />
      <header className="bar">
        <NavLink to="/" className="bar-home" aria-label="Squad, home">
          <Logo />
        </NavLink>
        <nav className="bar-nav" aria-label="Main">
          <NavLink to="/" end>
            <Icon name="board" />
            Sessions
          </NavLink>
          <NavLink to="/repositories">
            <Icon name="repo" />
            Repositories
          </NavLink>
        </nav>
        <div className="bar-end">
          <LinkStatus />
          <ButtonLink to="/sessions/new" look="primary" small icon="plus" className="bar-new" title="New session (n)">
            New session
          </ButtonLink>
          <ThemeButton />
          <span className="bar-user">{user.username}</span>
          <IconButton icon="exit" label={`Sign out ${user.username}`} onClick={() => void auth.signOut()} />
        </div>
      </header>
      <main id="main" className="page" tabIndex={-1}>
        <Outlet />
      </main>
      <ShortcutHelp />
    </div>
  );
}
