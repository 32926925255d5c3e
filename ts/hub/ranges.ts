import { InputError } from "../errors.js";
import { PART_BYTES } from "./cache.js";
import { FileProgress } from "./progress.js";
import { readRange } from "./read.js";
import type { ModelSource, ProgressListener } from "./types.js";

/** Bytes `[begin, end)` of a file. */
export interface ByteRange {
  readonly path: string;
  readonly begin: number;
  readonly end: number;
}

/** Some bytes of a range; `offset` is that of the first one in the file. */
export interface RangeChunk {
  readonly path: string;
  readonly offset: number;
  /** Only until the next chunk is asked for: their memory is read into again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface StreamRangesOptions {
  signal?: AbortSignal | undefined;
  /** Told of each file once; its total is the sum of its ranges. */
  onProgress?: ProgressListener | undefined;
  /** Requests in flight. @default 4 */
  concurrency?: number | undefined;
  /** Size of a request and the most that a chunk holds, in bytes. @default 4 MiB, the size of what a cache keeps */
  chunkBytes?: number | undefined;
}

/** What one request brings: neighbouring ranges, or their parts, of one file. */
interface Piece {
  readonly path: string;
  readonly begin: number;
  end: number;
  /** Where ranges end inside it, in order; the last one is `end`. */
  readonly cuts: number[];
}

/**
 * Streams ranges of files with several requests in flight: in the order given, and each from begin to end. A chunk never crosses the
 * end of its range. At most `concurrency` + 1 times `chunkBytes` are held.
 * @throws LoadError as the source does; InputError for options or a range that make no sense
 */
export async function* streamRanges(source: ModelSource, ranges: readonly ByteRange[], options: StreamRangesOptions = {}): AsyncGenerator<RangeChunk, void, undefined> {
  const { signal, onProgress, concurrency = 4, chunkBytes = PART_BYTES } = options;
  for (const [name, value] of Object.entries({ concurrency, chunkBytes })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new InputError(`the option "${name}" must be a positive integer, not ${value}`, { details: { option: name } });
  }
  signal?.throwIfAborted();
  const progress = new Map<string, FileProgress>();
  for (const [path, total] of totals(ranges)) progress.set(path, new FileProgress(onProgress, path, total));
  const started = new Set<string>();
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const pieces = planPieces(ranges, chunkBytes);
  const spare: ArrayBuffer[] = [];
  const inFlight: { piece: Piece; bytes: Promise<Uint8Array<ArrayBuffer>> }[] = [];
  const fill = (): void => {
    while (inFlight.length < concurrency) {
      const { done, value: piece } = pieces.next();
      if (done) return;
      const bytes = readRange(source, piece.path, piece.begin, piece.end, either, undefined, spare.pop() ?? new ArrayBuffer(chunkBytes));
      // Its error is thrown when its turn comes, or not at all if an earlier one fails.
      bytes.catch(() => {});
      inFlight.push({ piece, bytes });
    }
  };
  try {
    fill();
    for (let next = inFlight.shift(); next !== undefined; next = inFlight.shift()) {
      const { piece } = next;
      const file = progress.get(piece.path)!;
      if (!started.has(piece.path)) file.start();
      started.add(piece.path);
      const bytes = await next.bytes;
      file.add(bytes.length);
      fill();
      let offset = piece.begin;
      for (const cut of piece.cuts) {
        signal?.throwIfAborted();
        yield { path: piece.path, offset, bytes: bytes.subarray(offset - piece.begin, cut - piece.begin) };
        offset = cut;
      }
      spare.push(bytes.buffer);
    }
  } finally {
    stop.abort();
  }
}

function totals(ranges: readonly ByteRange[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { path, begin, end } of ranges) {
    if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin) {
      throw new InputError(`not a range of bytes of "${path}": ${begin} to ${end}`, { details: { path, begin, end } });
    }
    if (end > begin) sums.set(path, (sums.get(path) ?? 0) + end - begin);
  }
  return sums;
}

/** Joins ranges that touch, and cuts at multiples of `chunkBytes` of the file, so that no part of a cache is asked for twice. */
function* planPieces(ranges: readonly ByteRange[], chunkBytes: number): Generator<Piece, void, undefined> {
  let piece: Piece | undefined;
  for (const { path, begin, end } of ranges) {
    for (let at = begin; at < end; ) {
      const until = Math.min(end, at - (at % chunkBytes) + chunkBytes);
      if (piece !== undefined && piece.path === path && piece.end === at && at % chunkBytes !== 0) {
        piece.end = until;
        piece.cuts.push(until);
      } else {
        if (piece !== undefined) yield piece;
        piece = { path, begin: at, end: until, cuts: [until] };
      }
      at = until;
    }
  }
  if (piece !== undefined) yield piece;
}
