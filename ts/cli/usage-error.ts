/** The command line makes no sense: the message says why, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
