import type { FieldError } from './types';

/** Every failure of a call: one the server answered with, or one that kept it from answering (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly FieldError[];
  readonly traceId: string | undefined;

  constructor(status: number, code: string, message: string, details: readonly FieldError[] = [], traceId?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.traceId = traceId;
  }

  /** The message for one field of a form, matched without regard to case, or undefined. */
  field(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.details.find((detail) => detail.field?.toLowerCase() === wanted)?.message;
  }

  /** Whether asking again later could succeed with nothing changed. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const fields = (value: unknown): FieldError[] =>
  Array.isArray(value)
    ? value.filter(isRecord).map((entry) => ({
        ...(text(entry['field']) && { field: text(entry['field'])! }),
        ...(text(entry['code']) && { code: text(entry['code'])! }),
        message: text(entry['message']) ?? 'Not valid.',
      }))
    : [];

/** Reads the body of a failed answer: `{code,message,details,traceId}`, or anything a proxy in between may have put there. */
export function errorFrom(status: number, body: unknown): ApiError {
  const record = isRecord(body) ? body : {};
  return new ApiError(
    status,
    text(record['code']) ?? `http.${status}`,
    text(record['message']) ?? `The server answered with status ${status}.`,
    fields(record['details']),
    text(record['traceId']),
  );
}

export const unreachable = (): ApiError =>
  new ApiError(0, 'network.unreachable', 'The server cannot be reached. Check that it is running and that you are online.');

/** Any thrown value as an ApiError, so that views have one thing to show. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'page.fault', error instanceof Error ? error.message : String(error));
