/** Ends a switch that handles every case: adding a case elsewhere makes this call fail to compile. */
export function never(value: never): never {
  throw new Error(`Not handled: ${JSON.stringify(value)}`);
}
