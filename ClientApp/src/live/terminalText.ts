import type { StreamEvent } from '../api/types';
import { read } from './events';
import { never } from './never';

const red = '\x1b[31m';
const dim = '\x1b[2m';
const bold = '\x1b[1m';
const plain = '\x1b[0m';

const lines = (text: string): string => text.replace(/\r?\n/g, '\r\n');
const note = (text: string): string => `${dim}${lines(text)}${plain}\r\n`;

/**
 * What an event writes on the terminal. Terminal output is the program's own bytes and goes through as it is; output of a pipe
 * comes as lines without their end. What happened around the program is told in dim lines, except on a screen that the program
 * draws itself (`drawn`), which such a line would damage.
 */
export function terminalText(event: StreamEvent, drawn: boolean): string {
  const known = read(event);
  switch (known.type) {
    case 'engine.output': {
      if (known.stream === 'terminal') return known.text;
      const body = known.stream === 'stderr' ? `${red}${lines(known.text)}${plain}` : lines(known.text);
      return known.partial ? body : `${body}\r\n`;
    }
    case 'setup.output': {
      const body = `${known.stderr ? red : dim}${lines(known.text)}${plain}`;
      return known.partial ? body : `${body}\r\n`;
    }
    case 'input':
      return drawn ? '' : `${bold}› ${lines(known.text)}${plain}\r\n`;
    case 'workspace.ready':
      return drawn ? '' : note(`workspace ready at ${known.commit.slice(0, 10)} on ${known.branch}`);
    case 'engine.started':
      return drawn ? '' : note(`$ ${known.program}`);
    case 'engine.exited':
      return `\r\n${note(known.signal ? `ended by signal ${known.signal}` : `exited with code ${known.code ?? '?'}`)}`;
    case 'error':
      return `${red}${lines(known.message || known.code)}${plain}\r\n`;
    case 'session.state':
    case 'engine.event':
    case 'diff.changed':
    case 'usage':
    case 'approval.asked':
    case 'approval.answered':
    case 'unknown':
      return '';
    default:
      return never(known);
  }
}
