import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { ServicesContext, useAuthState, useServices, type Services } from './api/services';
import { Skeleton } from './components/Blank';
import { AuthFrame } from './features/auth/AuthFrame';
import { SignedIn } from './features/auth/SignedIn';
import { Problem } from './features/Problem';
import { Crash } from './features/system/Crash';
import { Shell } from './features/system/Shell';
import { never } from './live/never';
import { BoardPage } from './pages/BoardPage';
import { NewSessionPage } from './pages/NewSessionPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { RepositoriesPage } from './pages/RepositoriesPage';
import { RepositoryPage } from './pages/RepositoryPage';
import { SessionPage } from './pages/SessionPage';
import { SetupPage } from './pages/SetupPage';
import { SignInPage } from './pages/SignInPage';

/** The shell for whoever is signed in; the sign-in page, at the same address, for whoever is not. */
function Gate() {
  const { auth } = useServices();
  const state = useAuthState();
  useEffect(() => {
    // Throws only when the server cannot be reached, which the state then says.
    if (auth.snapshot().status === 'starting') void auth.start().catch(() => undefined);
  }, [auth]);
  switch (state.status) {
    case 'starting':
      return <Skeleton label="Signing in" rows={0} />;
    case 'signedOut':
      return <SignInPage />;
    case 'unreachable':
      return (
        <AuthFrame title="No connection">
          <Problem title="Squad does not answer" error={state.error} onRetry={() => void auth.start().catch(() => undefined)} />
        </AuthFrame>
      );
    case 'signedIn':
      return (
        <SignedIn user={state.user}>
          <Shell />
        </SignedIn>
      );
    default:
      return never(state);
  }
}

export const routes = [
  { path: '/setup', element: <SetupPage />, errorElement: <Crash /> },
  {
    path: '/',
    element: <Gate />,
    errorElement: <Crash />,
    children: [
      {
        // A page that breaks leaves the bar standing.
        errorElement: <Crash />,
        children: [
          { index: true, element: <BoardPage /> },
          { path: 'sessions/new', element: <NewSessionPage /> },
          { path: 'sessions/:id', element: <SessionPage /> },
          { path: 'repositories', element: <RepositoriesPage /> },
          { path: 'repositories/:owner/:name', element: <RepositoryPage /> },
          { path: '*', element: <NotFoundPage /> },
        ],
      },
    ],
  },
];

export const App = ({
  services,
  queries,
  router,
}: {
  services: Services;
  queries: QueryClient;
  router: ReturnType<typeof createBrowserRouter>;
}) => (
  <ServicesContext value={services}>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </ServicesContext>
);
