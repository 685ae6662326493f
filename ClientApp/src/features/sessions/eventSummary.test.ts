import { expect, test } from 'vitest';
import { event } from '../../testing/samples';
import { eventSummary, legible } from './eventSummary';

test.each([
  ['session.state', { from: 'queued', to: 'needsInput', reason: { code: 'approval.asked', message: 'Which?' } }, 'Queued → Needs input: Which?'],
  ['session.state', { to: 'running' }, 'Running'],
  ['workspace.ready', { commit: '0123456789abcdef', branch: 'squad/x', ms: 40 }, 'Workspace at 0123456789 on squad/x, 40 ms'],
  ['engine.output', { stream: 'terminal', text: '\x1b[2J\x1b]0;title\x07\x1b[31mred\x1b[0m\r\nnext' }, 'red next'],
  ['engine.exited', { code: 2, signal: null, ms: 61_000 }, 'Code 2 after 1m 01s'],
  ['engine.exited', { code: null, signal: 'KILL', ms: 5 }, 'Signal KILL after 5 ms'],
  ['diff.changed', { added: 3, removed: 1, files: 1 }, '+3 −1 in 1 file'],
  ['usage', { cpuPercent: 12.6, memoryBytes: 1_572_864, diskBytes: 512 }, 'CPU 13 %, memory 1.5 MiB, disk 512 B'],
  ['usage', { cpuPercent: 12.6, memoryBytes: 1_572_864 }, 'CPU 13 %, memory 1.5 MiB'],
  ['input', { by: 'admin', text: 'yes\n' }, 'admin: yes'],
  ['error', { code: 'disk.full', message: 'No room.' }, 'No room. (disk.full)'],
  ['engine.event', { kind: 'tool' }, '{"kind":"tool"}'],
  ['a.newer.type', { x: 1 }, '{"x":1}'],
  ['a.newer.type', null, ''],
])('%s %j reads %j', (type, data, text) => {
  expect(eventSummary(event(1, type, data))).toBe(text);
});

test('A line of megabytes costs no more than what can be read of it', () => {
  expect(legible('x'.repeat(10_000_000))).toHaveLength(2_000);
});
