/** The shapes of the HTTP interface and the hub. Times are RFC 3339 UTC strings; ids are opaque. */

export interface User {
  id: string;
  username: string;
  roles: string[];
}

export interface SignedIn {
  accessToken: string;
  expiresAt: string;
  user: User;
}

/** A page of a list; `next` is the cursor to hand back, absent on the last page. */
export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Repository {
  id: string;
  owner: string;
  name: string;
  fullName: string;
  description?: string | null;
  cloneUrl: string;
  defaultBranch: string;
  empty: boolean;
  private: boolean;
  state: 'ready' | 'importing' | 'failed';
  error?: string | null;
  createdAt: string;
}

export interface NewRepository {
  name: string;
  description?: string;
  private?: boolean;
  importUrl?: string;
}

export interface Branch {
  name: string;
  commit: string;
  default: boolean;
}

export const sessionStates = [
  'queued',
  'provisioning',
  'settingUp',
  'running',
  'needsInput',
  'paused',
  'stopping',
  'stopped',
  'failed',
  'lost',
] as const;

export type SessionState = (typeof sessionStates)[number];

export interface DiffCount {
  added: number;
  removed: number;
  files: number;
}

/** Why a session is in its state: a stable code, and words for people. */
export interface SessionReason {
  code: string;
  message: string;
}

export interface Session {
  id: string;
  title: string;
  repo: string;
  baseBranch: string;
  branch: string;
  state: SessionState;
  reason?: SessionReason | null;
  owner: string;
  node?: string | null;
  sandbox?: { engine: string; id: string; image?: string | null; isolated: boolean } | null;
  profile: string;
  command?: string | null;
  createdAt: string;
  startedAt?: string | null;
  endedAt?: string | null;
  exitCode?: number | null;
  lastSeq: number;
  diff?: DiffCount | null;
}

export interface NewSession {
  repo: string;
  title?: string;
  branch?: string;
  profile?: string;
  command?: string;
  prompt?: string;
  image?: string;
}

export type EngineMode = 'pipe' | 'terminal';

export interface Profile {
  name: string;
  title: string;
  command?: string | null;
  mode: EngineMode;
  description?: string | null;
}

export interface SystemInfo {
  version: string;
  docker: boolean;
  isolated: boolean;
  warnings: { code: string; message: string }[];
}

/** One event of a stream. `seq` is gapless from 1 within its stream. `data` is whatever the type says: read it with live/events. */
export interface StreamEvent {
  seq: number;
  at: string;
  type: string;
  data: unknown;
}

/** What the hub's `Watch` yields: events in order, `first` being the seq of the first of them. */
export interface EventBatch {
  first: number;
  events: StreamEvent[];
}

export interface FieldError {
  field?: string;
  code?: string;
  message: string;
}
