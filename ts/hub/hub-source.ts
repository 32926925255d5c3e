import { InputError, LoadError } from "../errors.js";
import { environment } from "./host.js";
import { openCache } from "./open-cache.js";
import { encodePath, isPlainPath } from "./paths.js";
import { type Probe, Remote } from "./remote.js";
import { RemoteSource } from "./remote-source.js";
import { isUnavailable } from "./response.js";
import type { TolerantCache } from "./tolerant-cache.js";
import type { SourceOptions } from "./types.js";

const COMMIT = /^[0-9a-f]{40}$/;

/** Whether a string has the form `owner/name`. */
export function isHubId(text: string): boolean {
  return /^[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/.test(text) && !text.includes("..");
}

/** The hub's address: option, environment, or huggingface.co. */
export function hubEndpoint(options: SourceOptions): URL {
  const text = options.endpoint ?? environment("HF_ENDPOINT") ?? "https://huggingface.co";
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new InputError('the option "endpoint" must be an http(s) address without user, query or hash', { details: { option: "endpoint" } });
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** The token of the option or, by default, of the environment. */
export function hubToken(options: SourceOptions, fromEnvironment: boolean): string | undefined {
  const token = options.token ?? (fromEnvironment ? environment("HF_TOKEN")?.trim() : undefined);
  // The value itself is in no message.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new InputError('the option "token" must be one word of printable ASCII', { details: { option: "token" } });
  }
  return token;
}

/** Whether only the cache may be used. */
export function localOnly(options: SourceOptions): boolean {
  return options.localFilesOnly ?? /^(1|on|yes|true)$/i.test(environment("HF_HUB_OFFLINE") ?? "");
}

/**
 * Opens a repository of the hub. A branch or tag is resolved to its commit here, once, so that all files come from the same
 * commit however long the load takes. Where that fails for want of a network, the commit last seen stands in.
 * @throws LoadError if the repository or revision does not exist, may not be read, or can be reached neither there nor in the cache
 */
export async function openHub(id: string, options: SourceOptions, warn: (message: string) => void): Promise<RemoteSource> {
  const { signal, revision = "main" } = options;
  if (!isPlainPath(revision)) throw new InputError(`the option "revision" is not a branch, tag or commit: ${JSON.stringify(revision)}`, { details: { option: "revision" } });
  const endpoint = hubEndpoint(options);
  const token = hubToken(options, true);
  const name = revision === "main" ? id : `${id} at ${revision}`;
  const cache = await openCache(options.cache ?? "auto", { repository: id, host: endpoint.host }, warn);
  const remoteAt = (rev: string): Remote =>
    new Remote({ name, hub: true, token, fetch: options.fetch, urlOf: (path) => new URL(`${id}/resolve/${encodeURIComponent(rev)}/${encodePath(path)}`, endpoint) });

  if (localOnly(options)) {
    if (cache === null) throw new InputError('the option "localFilesOnly" needs a cache', { details: { option: "localFilesOnly" } });
    const commit = COMMIT.test(revision) ? revision : await cache.ref(revision);
    if (commit === null) throw new LoadError(`${name} is not in the cache; load it once without localFilesOnly`, { details: { localFilesOnly: true } });
    return new RemoteSource({ name, remote: null, cache, commit, pinned: true });
  }
  if (COMMIT.test(revision)) return new RemoteSource({ name, remote: remoteAt(revision), cache, commit: revision, pinned: true });

  const path = options.subfolder === undefined ? "config.json" : `${options.subfolder}/config.json`;
  const probe = await probeOrKept(remoteAt(revision), path, revision, cache, warn, signal);
  if (probe.commit === undefined) {
    if (cache !== null) warn(`${endpoint.host} names no commit for ${name}, so its files are not kept`);
    return new RemoteSource({ name, remote: remoteAt(revision), cache: null, commit: revision, pinned: false });
  }
  await cache?.setRef(revision, probe.commit);
  const source = new RemoteSource({ name, remote: remoteAt(probe.commit), cache, commit: probe.commit, pinned: true });
  if (probe.file !== undefined) await source.learn(path, probe.file);
  return source;
}

async function probeOrKept(remote: Remote, path: string, revision: string, cache: TolerantCache | null, warn: (message: string) => void, signal: AbortSignal | undefined): Promise<Partial<Probe>> {
  const commit = (await cache?.ref(revision)) ?? null;
  try {
    return await remote.probe(path, signal, commit === null);
  } catch (error) {
    signal?.throwIfAborted();
    if (commit === null || !isUnavailable(error)) throw error;
    warn(`the hub cannot be reached, so the files kept of commit ${commit.slice(0, 7)} are used`);
    return { commit };
  }
}
