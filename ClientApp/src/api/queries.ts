import { QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { newKey } from './client';
import { asApiError } from './errors';
import { useServices } from './services';

export const newQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // An answer that would be the same again (not found, forbidden) is shown at once; an outage is given two more tries.
        retry: (failures, error) => asApiError(error).transient && failures < 2,
        retryDelay: (failures) => 500 * 2 ** failures,
      },
    },
  });

export const keys = {
  status: ['auth-status'] as const,
  system: ['system'] as const,
  profiles: ['profiles'] as const,
  repos: ['repos'] as const,
  repo: (owner: string, name: string) => ['repos', owner, name] as const,
  branches: (owner: string, name: string) => ['repos', owner, name, 'branches'] as const,
  sessions: ['sessions'] as const,
  sessionList: (repo: string) => ['sessions', 'list', repo] as const,
  session: (id: string) => ['sessions', 'one', id] as const,
};

const importPollMs = 2_000;

export function useAuthStatus() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.status, queryFn: ({ signal }) => api.authStatus(signal) });
}

export function useSystem() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.system, queryFn: ({ signal }) => api.system(signal), staleTime: 300_000 });
}

export function useProfiles() {
  const { api } = useServices();
  return useQuery({ queryKey: keys.profiles, queryFn: ({ signal }) => api.profiles(signal), staleTime: 300_000 });
}

/**
 * All repositories, a page at a time; asked again by each page that shows them, since a push from outside changes what can be done
 * with one, and every two seconds while one is being imported.
 */
export function useRepos() {
  const { api } = useServices();
  return useInfiniteQuery({
    queryKey: keys.repos,
    queryFn: ({ pageParam, signal }) => api.repos(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchOnMount: 'always',
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((repo) => repo.state === 'importing')) ? importPollMs : false,
  });
}

/** Every repository, for choosing one: asks for page after page. */
export function useAllRepos() {
  const query = useRepos();
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return query;
}

export function useRepo(owner: string, name: string) {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.repo(owner, name),
    queryFn: ({ signal }) => api.repo(owner, name, signal),
    refetchInterval: ({ state }) => (state.data?.state === 'importing' || state.data?.empty ? importPollMs : false),
  });
}

export function useBranches(owner: string, name: string, enabled: boolean) {
  const { api } = useServices();
  return useQuery({
    queryKey: keys.branches(owner, name),
    queryFn: ({ signal }) => api.branches(owner, name, signal),
    enabled,
  });
}

/** Sessions, newest first, a page at a time; of one repository when `repo` is not empty. */
export function useSessionList(repo: string) {
  const { api } = useServices();
  return useInfiniteQuery({
    queryKey: keys.sessionList(repo),
    queryFn: ({ pageParam, signal }) => api.sessions({ ...(repo && { repo }), cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useSession(id: string) {
  const { api } = useServices();
  return useQuery({ queryKey: keys.session(id), queryFn: ({ signal }) => api.session(id, signal) });
}

/**
 * Adds an idempotency key that stays the same while the same form is sent again after a failure, so that a lost answer does not
 * make a second one.
 */
function useKeyed<B, R>(send: (body: B, key: string) => Promise<R>): (body: B) => Promise<R> {
  const last = useRef<{ body: string; key: string } | undefined>(undefined);
  return async (body) => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) last.current = { body: text, key: newKey() };
    const made = await send(body, last.current.key);
    last.current = undefined;
    return made;
  };
}

export function useCreateRepo() {
  const { api } = useServices();
  const client = useQueryClient();
  const create = useKeyed(api.createRepo);
  return useMutation({
    mutationFn: create,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.repos }),
  });
}

export function useDeleteRepo() {
  const { api } = useServices();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ owner, name }: { owner: string; name: string }) => api.deleteRepo(owner, name),
    onSuccess: (_, { owner, name }) => {
      client.removeQueries({ queryKey: keys.repo(owner, name) });
      return client.invalidateQueries({ queryKey: keys.repos, exact: true });
    },
  });
}

export function useCreateSession() {
  const { api } = useServices();
  const client = useQueryClient();
  const create = useKeyed(api.createSession);
  return useMutation({
    mutationFn: create,
    onSuccess: (session) => {
      client.setQueryData(keys.session(session.id), session);
      return client.invalidateQueries({ queryKey: ['sessions', 'list'] });
    },
  });
}

export type SessionCommand = 'stop' | 'pause' | 'resume';

export function useSessionCommand(id: string) {
  const { api } = useServices();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (command: SessionCommand) => api[command](id),
    // Also after a refusal: the state it was refused in is news.
    onSettled: () => client.invalidateQueries({ queryKey: keys.session(id) }),
  });
}

export function useDeleteSession(id: string) {
  const { api } = useServices();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.deleteSession(id),
    onSuccess: () => client.invalidateQueries({ queryKey: ['sessions', 'list'] }),
  });
}
