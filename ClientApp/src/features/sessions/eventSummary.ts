import type { StreamEvent } from '../../api/types';
import { duration } from '../../components/time';
import { read } from '../../live/events';
import { never } from '../../live/never';
import { stateInfo } from './stateInfo';

export const eventKinds = ['state', 'output', 'input', 'change', 'error'] as const;
export type EventKind = (typeof eventKinds)[number];

export const kindNames: Record<EventKind, string> = {
  state: 'Lifecycle',
  output: 'Output',
  input: 'Input',
  change: 'Changes and usage',
  error: 'Errors',
};

/** The kind by type alone, without reading the data: it filters tens of thousands of events. */
export function kindOf(type: string): EventKind {
  switch (type) {
    case 'engine.output':
    case 'engine.event':
    case 'setup.output':
      return 'output';
    case 'input':
    case 'approval.asked':
    case 'approval.answered':
      return 'input';
    case 'diff.changed':
    case 'usage':
      return 'change';
    case 'error':
      return 'error';
    default:
      return 'state';
  }
}

const bytes = (value: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = value <= 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
};

const millis = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms));

/** Terminal control sequences out, other control signs to spaces: what is left is for reading in one line. */
export const legible = (text: string): string =>
  text
    .slice(0, 2_000)
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g, '')
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();

const json = (data: unknown): string => (data == null ? '' : JSON.stringify(data));

/** An event in one line. */
export function eventSummary(event: StreamEvent): string {
  const known = read(event);
  switch (known.type) {
    case 'session.state': {
      const to = stateInfo[known.to].label;
      const step = known.from ? `${stateInfo[known.from].label} → ${to}` : to;
      return known.reason ? `${step}: ${known.reason.message}` : step;
    }
    case 'workspace.ready':
      return `Workspace at ${known.commit.slice(0, 10)} on ${known.branch}, ${millis(known.ms)}`;
    case 'setup.output':
    case 'engine.output':
      return legible(known.text);
    case 'engine.started':
      return known.program;
    case 'engine.event':
      return legible(json(known.value));
    case 'engine.exited':
      return `${known.signal ? `Signal ${known.signal}` : `Code ${known.code ?? 'unknown'}`} after ${millis(known.ms)}`;
    case 'diff.changed':
      return `+${known.diff.added} −${known.diff.removed} in ${known.diff.files} ${known.diff.files === 1 ? 'file' : 'files'}`;
    case 'usage':
      // Where the disk cannot be measured there is no figure.
      return `CPU ${known.cpuPercent.toFixed(0)} %, memory ${bytes(known.memoryBytes)}${known.diskBytes > 0 ? `, disk ${bytes(known.diskBytes)}` : ''}`;
    case 'input':
      return known.by ? `${known.by}: ${legible(known.text)}` : legible(known.text);
    case 'approval.asked':
    case 'approval.answered':
      return legible(known.what || json(event.data));
    case 'error':
      return known.code ? `${known.message} (${known.code})` : known.message;
    case 'unknown':
      return legible(json(event.data));
    default:
      return never(known);
  }
}

export const usageText = (usage: { cpuPercent: number; memoryBytes: number }): string =>
  `${usage.cpuPercent.toFixed(0)} % CPU · ${bytes(usage.memoryBytes)}`;
