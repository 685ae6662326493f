import { expect, test } from 'vitest';
import { event, events } from '../testing/samples';
import { TerminalFeed } from './terminalFeed';

const screen = () => {
  const written: { text: string; done: () => void }[] = [];
  return { written, write: (text: string, done: () => void) => void written.push({ text, done }) };
};

test('One piece is under way at a time and the rest follows together', () => {
  const fake = screen();
  const feed = new TerminalFeed(fake);
  feed.push(events(1, 1));
  feed.push(events(2, 2));
  feed.push(events(3, 3));
  expect(fake.written).toHaveLength(1);
  fake.written[0]!.done();
  expect(fake.written.map((piece) => piece.text)).toEqual(['line 1\r\n', 'line 2\r\nline 3\r\n']);
});

test('Of a flood of lines the end is kept', () => {
  const fake = screen();
  const feed = new TerminalFeed(fake);
  feed.push(events(1, 1));
  feed.push(events(2, 100_000));
  let text = '';
  for (let at = 0; at < fake.written.length; at++) {
    text += fake.written[at]!.text;
    fake.written[at]!.done();
  }
  expect(text.endsWith('line 99999\r\nline 100000\r\n')).toBe(true);
  expect(text.split('\r\n').length).toBeLessThan(13_000);
});

test('Nothing of a drawn screen is left out', () => {
  const fake = screen();
  const feed = new TerminalFeed(fake);
  feed.push(Array.from({ length: 30_000 }, (_, at) => event(at + 1, 'engine.output', { stream: 'terminal', text: 'x' })));
  for (let at = 0; at < fake.written.length; at++) fake.written[at]!.done();
  expect(fake.written.reduce((sum, piece) => sum + piece.text.length, 0)).toBe(30_000);
});

test('A closed feed writes no more', () => {
  const fake = screen();
  const feed = new TerminalFeed(fake);
  feed.push(events(1, 1));
  feed.push(events(2, 2));
  feed.close();
  fake.written[0]!.done();
  expect(fake.written).toHaveLength(1);
});
