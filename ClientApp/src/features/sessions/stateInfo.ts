import type { Session, SessionState } from '../../api/types';

export type Lane = 'attention' | 'working' | 'starting' | 'finished';
export type Tone = 'alive' | 'waiting' | 'attention' | 'bad' | 'quiet';

interface StateInfo {
  label: string;
  lane: Lane;
  tone: Tone;
  /** What it means, for whoever sees it the first time. */
  meaning: string;
  actions: { stop?: true; pause?: true; resume?: true; remove?: true; input?: true };
}

export const stateInfo: Record<SessionState, StateInfo> = {
  queued: { label: 'Queued', lane: 'starting', tone: 'waiting', meaning: 'Waiting for room on a node.', actions: { stop: true } },
  provisioning: {
    label: 'Provisioning',
    lane: 'starting',
    tone: 'waiting',
    meaning: 'Its sandbox is being made.',
    actions: { stop: true },
  },
  settingUp: {
    label: 'Setting up',
    lane: 'starting',
    tone: 'waiting',
    meaning: 'The workspace is being checked out and prepared.',
    actions: { stop: true },
  },
  running: {
    label: 'Running',
    lane: 'working',
    tone: 'alive',
    meaning: 'The engine is at work.',
    actions: { stop: true, pause: true, input: true },
  },
  needsInput: {
    label: 'Needs input',
    lane: 'attention',
    tone: 'attention',
    meaning: 'The engine waits for an answer.',
    actions: { stop: true, pause: true, input: true },
  },
  paused: {
    label: 'Paused',
    lane: 'attention',
    tone: 'quiet',
    meaning: 'Frozen where it was until it is resumed.',
    actions: { stop: true, resume: true },
  },
  stopping: { label: 'Stopping', lane: 'working', tone: 'waiting', meaning: 'The engine was asked to end.', actions: {} },
  stopped: { label: 'Stopped', lane: 'finished', tone: 'quiet', meaning: 'The engine has ended.', actions: { remove: true } },
  failed: { label: 'Failed', lane: 'finished', tone: 'bad', meaning: 'It ended with an error.', actions: { remove: true } },
  lost: {
    label: 'Lost',
    lane: 'finished',
    tone: 'bad',
    meaning: 'Its sandbox is gone and cannot be reached again.',
    actions: { remove: true },
  },
};

export const lanes: readonly { key: Lane; title: string; none: string }[] = [
  { key: 'attention', title: 'Needs you', none: 'Nothing waits for you' },
  { key: 'working', title: 'Working', none: 'Nothing is running' },
  { key: 'starting', title: 'Starting', none: 'Nothing is starting' },
  { key: 'finished', title: 'Finished', none: 'Nothing has finished yet' },
];

export const isOver = (state: SessionState): boolean => stateInfo[state].lane === 'finished';

/** Words of the filter each have to be somewhere in what one sees of the session. */
export function matches(session: Session, filter: string): boolean {
  const text = [session.title, session.repo, session.branch, session.profile, stateInfo[session.state].label, session.id].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Sessions by lane, newest first. */
export function byLane(sessions: readonly Session[]): Record<Lane, Session[]> {
  const result: Record<Lane, Session[]> = { attention: [], working: [], starting: [], finished: [] };
  for (const session of sessions) result[stateInfo[session.state].lane].push(session);
  for (const lane of Object.values(result)) lane.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return result;
}
