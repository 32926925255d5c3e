/** Pages of 64 KiB that the binary's stack and constants take, and some more. */
const FIRST_PAGES = 64;

/** Pages up to which a memory may grow: all that 32 bits reach, or less where the engine won't set so much aside. */
const MOST_PAGES = [65536, 32768] as const;

/** Where neither works. */
const LEAST_PAGES = 16384;

/** A memory that threads share. @throws RangeError where even the smallest is refused */
export function sharedMemory(): WebAssembly.Memory {
  const allocate = (maximum: number): WebAssembly.Memory => new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
  for (const maximum of MOST_PAGES) {
    try {
      return allocate(maximum);
    } catch {
      continue;
    }
  }
  return allocate(LEAST_PAGES);
}
