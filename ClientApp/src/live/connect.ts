import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { Auth } from '../api/auth';
import type { Connection } from './hub';

/** A connection to the server's hub, not started. The token is asked for at each start, so that it is a current one. */
export const connectTo =
  (auth: Auth) =>
  (): Connection =>
    new HubConnectionBuilder()
      .withUrl('/hubs/events', { accessTokenFactory: async () => (await auth.token()) ?? '' })
      .configureLogging(LogLevel.None)
      .build();
