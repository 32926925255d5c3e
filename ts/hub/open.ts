import { builtinReaderFiles } from "../builtin-files.js";
import { InputError } from "../errors.js";
import { checkOptions, describe } from "../options.js";
import { baseAddress, hasFileSystem } from "./host.js";
import { hubEndpoint, hubToken, isHubId, localOnly, openHub } from "./hub-source.js";
import { filesSource, handleSource } from "./local.js";
import { openCache } from "./open-cache.js";
import { checkPath, encodePath, publicUrl } from "./paths.js";
import { Remote } from "./remote.js";
import { RemoteSource } from "./remote-source.js";
import { Subfolder } from "./subfolder.js";
import type { ModelSource, SourceLike, SourceOptions } from "./types.js";

const OPTIONS = ["revision", "subfolder", "token", "endpoint", "cache", "localFilesOnly", "fetch", "signal", "onProgress"] as const;

/**
 * Opens the place where a checkpoint's files are. Of a hub repository this resolves the revision to a commit; else no file is read.
 * @throws InputError for a source or an option that cannot be understood
 * @throws LoadError if a hub repository cannot be read
 */
export async function openSource(source: SourceLike, options: SourceOptions = {}): Promise<ModelSource> {
  checkOptions("openSource", options, OPTIONS);
  options.signal?.throwIfAborted();
  if (options.subfolder !== undefined) checkPath(options.subfolder);
  const warn = (message: string): void => options.onProgress?.({ status: "warning", file: sourceName(source), message });
  const opened = await openWhole(source, options, warn);
  return options.subfolder === undefined ? opened : new Subfolder(opened, options.subfolder);
}

async function openWhole(source: SourceLike, options: SourceOptions, warn: (message: string) => void): Promise<ModelSource> {
  if (typeof source === "string") {
    const hub = await hubIdOf(source, options);
    if (hub !== null) return openHub(hub.id, { ...options, ...hub.options }, warn);
  }
  if (source instanceof URL) {
    const hub = hubPage(source, options);
    if (hub !== null) return openHub(hub.id, { ...options, ...hub.options }, warn);
  }
  if (options.revision !== undefined) {
    throw new InputError('the option "revision" is for repositories of the hub only', { details: { option: "revision" } });
  }
  if (source instanceof URL) return openUrl(source, options, warn);
  if (typeof source === "string") return openText(source, options, warn);
  // From here on whatever a caller without types may pass.
  const object: object = Object(source);
  if (isModelSource(object)) return object;
  if (isDirectoryHandle(object)) return handleSource(object);
  // A FileList is not an array, but can be walked like one.
  const files = isIterable(object) ? [...object] : [];
  if (files.length > 0 && files.every((file) => file instanceof File)) return filesSource(files);
  throw new InputError(`a model's source must be a hub id, URL, path, folder handle, files, or an object with stat and read, not ${describe(source)}`);
}

interface HubPlace {
  readonly id: string;
  readonly options: Pick<SourceOptions, "revision" | "subfolder">;
}

/** As in Python, a folder of that name comes before the hub. */
async function hubIdOf(text: string, options: SourceOptions): Promise<HubPlace | null> {
  if (/^https?:/i.test(text) && URL.canParse(text)) return hubPage(new URL(text), options);
  if (!isHubId(text)) return null;
  if (hasFileSystem() && (await (await import("./node/folder.js")).isFolder(text))) return null;
  return { id: text, options: {} };
}

/** A repository's page on the hub, or its files at a revision. */
function hubPage(url: URL, options: SourceOptions): HubPlace | null {
  const endpoint = hubEndpoint(options);
  if (url.origin !== endpoint.origin || !url.pathname.startsWith(endpoint.pathname)) return null;
  const rest = url.pathname.slice(endpoint.pathname.length).replace(/\/$/, "");
  const match = /^([^/]+\/[^/]+)(?:\/(?:tree|resolve)\/([^/]+))?$/.exec(rest);
  if (match === null || !isHubId(match[1]!)) return null;
  if (match[2] !== undefined && options.revision !== undefined) {
    throw new InputError(`both ${publicUrl(url)} and the option "revision" name a revision`, { details: { option: "revision" } });
  }
  return { id: match[1]!, options: match[2] === undefined ? {} : { revision: decodeURIComponent(match[2]) } };
}

async function openText(text: string, options: SourceOptions, warn: (message: string) => void): Promise<ModelSource> {
  if (text === "builtin:reader") return openBuiltin(options);
  if (/^(https?|file):/i.test(text) && URL.canParse(text)) return openUrl(new URL(text), options, warn);
  if (hasFileSystem()) {
    const { FolderSource, isFolder } = await import("./node/folder.js");
    if (await isFolder(text)) return new FolderSource(text);
    throw new InputError(`${JSON.stringify(text)} is neither a folder nor a hub id "owner/name" nor a URL`, { details: { source: text } });
  }
  // In a page, a relative address; "./name/" tells it from a hub id.
  const base = baseAddress();
  if (/^\.{0,2}\//.test(text) && base !== undefined && URL.canParse(text, base)) return openUrl(new URL(text, base), options, warn);
  throw new InputError(`${JSON.stringify(text)} is neither a hub id "owner/name" nor a URL; the address of a folder beside the page begins with "./"`, {
    details: { source: text },
  });
}

async function openUrl(folder: URL, options: SourceOptions, warn: (message: string) => void): Promise<ModelSource> {
  if (folder.protocol === "file:" && hasFileSystem()) return new (await import("./node/folder.js")).FolderSource(folder);
  if (!/^https?:$/.test(folder.protocol)) throw new InputError(`no files can be had from a ${folder.protocol} URL`);
  if (folder.username !== "" || folder.password !== "") throw new InputError("a URL must not hold a user or password; give a fetch that sends them");
  const token = hubToken(options, false);
  if (token !== undefined && folder.origin !== hubEndpoint(options).origin) {
    throw new InputError(`the option "token" is for the hub only, and is not sent to ${folder.host}; give a fetch that adds your header`, { details: { option: "token" } });
  }
  const base = new URL(folder);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const name = publicUrl(base);
  const cache = await openCache(options.cache ?? "auto", { url: name }, warn);
  const local = localOnly(options);
  if (local && cache === null) throw new InputError(`the option "localFilesOnly" needs a cache, and ${name} has none`, { details: { option: "localFilesOnly" } });
  const urlOf = (path: string): URL => {
    const url = new URL(encodePath(path), base);
    url.search = base.search;
    return url;
  };
  const remote = local ? null : new Remote({ name, hub: false, token, fetch: options.fetch, urlOf });
  return new RemoteSource({ name, remote, cache, commit: "latest", pinned: false });
}

/** Needs no cache: it lies beside the code, and the browser's own cache keeps it as it keeps the code. */
async function openBuiltin(options: SourceOptions): Promise<ModelSource> {
  const files = builtinReaderFiles();
  const first = files.get("config.json")!;
  const name = "builtin:reader";
  if (first.protocol === "file:") return new (await import("./node/folder.js")).FolderSource(new URL(".", first), name);
  const remote = new Remote({ name, hub: false, fetch: options.fetch, urlOf: (path) => files.get(path) ?? null });
  return new RemoteSource({ name, remote, cache: null, commit: "latest", pinned: false });
}

function isModelSource(source: object): source is ModelSource {
  const { stat, read, name } = source as Partial<ModelSource>;
  return typeof stat === "function" && typeof read === "function" && typeof name === "string";
}

function isDirectoryHandle(source: object): source is FileSystemDirectoryHandle {
  const { kind, getFileHandle } = source as Partial<FileSystemDirectoryHandle>;
  return kind === "directory" && typeof getFileHandle === "function";
}

function isIterable(source: object): source is Iterable<unknown> {
  return Symbol.iterator in source;
}

function sourceName(source: SourceLike): string {
  if (source instanceof URL) return publicUrl(source);
  if (typeof source === "string") return source.replace(/\?.*$/, "");
  return (source as Partial<ModelSource> | null)?.name ?? "files";
}
