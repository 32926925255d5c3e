export { type CacheOption, type CacheStore } from "./cache.js";
export { openSource } from "./open.js";
export { FileProgress, oncePerFile } from "./progress.js";
export { type ByteRange, type RangeChunk, streamRanges, type StreamRangesOptions } from "./ranges.js";
export { readBytes, type ReadFileOptions, readJson, readText } from "./read.js";
export { findWeightFiles, readSafetensorsHead, type SafetensorsHead } from "./safetensors.js";
export type { FileStat, ModelSource, ProgressEvent, ProgressListener, ReadOptions, SourceLike, SourceOptions } from "./types.js";
