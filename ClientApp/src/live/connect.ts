import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { Auth } from '../api/auth';
import type { Connection } from './hub';

/** The client tells of a refused negotiation by its message only. */
const refused = (error: unknown): boolean => error instanceof Error && /\b401\b/.test(error.message);

/**
 * A connection to the server's hub, not started. It asks for a current token at each start; one that the server refuses all the
 * same (its keys were changed) is renewed, so that the next start has another.
 */
export const connectTo = (auth: Auth) => (): Connection => {
  let used: string | undefined;
  const connection = new HubConnectionBuilder()
    .withUrl('/hubs/events', {
      accessTokenFactory: async () => {
        used = await auth.token();
        return used ?? '';
      },
    })
    .configureLogging(LogLevel.None)
    .build();
  return {
    start: async () => {
      try {
        await connection.start();
      } catch (error) {
        if (refused(error)) await auth.renew(used).catch(() => undefined);
        throw error;
      }
    },
    stop: () => connection.stop(),
    onclose: (callback) => connection.onclose(callback),
    stream: (method, ...args) => connection.stream(method, ...args),
  };
};
