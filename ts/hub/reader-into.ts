/** Reads a stream into memory. */
export interface ReaderInto {
  /** Puts what comes next at `at`, up to `end`; how many bytes came, which may be too many, or undefined at the stream's end. */
  read(at: number, end: number): Promise<number | undefined>;
  /** The memory, once nothing is under way. */
  memory(): ArrayBuffer;
  cancel(): void;
}

/** A reader into `memory`: a stream of bytes writes there by itself, the pieces of any other are copied. */
export function readerInto(stream: ReadableStream<Uint8Array>, memory: ArrayBuffer): ReaderInto {
  return intoItself(stream, memory) ?? byCopies(stream.getReader(), memory);
}

function byCopies(reader: ReadableStreamDefaultReader<Uint8Array>, memory: ArrayBuffer): ReaderInto {
  return {
    async read(at, end) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      if (at + value.length <= end) new Uint8Array(memory, at).set(value);
      return value.length;
    },
    memory: () => memory,
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

function intoItself(stream: ReadableStream<Uint8Array>, given: ArrayBuffer): ReaderInto | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
  // The stream has it while it reads, and gives it back as another object.
  let memory = given;
  return {
    async read(at, end) {
      // One byte more than fits tells whether there are too many.
      const excess = at === end;
      const { done, value } = await reader.read(excess ? new Uint8Array(1) : new Uint8Array(memory, at, end - at));
      if (!excess && value !== undefined) memory = value.buffer as ArrayBuffer;
      return done ? undefined : value.length;
    },
    memory: () => memory,
    cancel: () => void reader.cancel().catch(() => {}),
  };
}
