import { InputError, LoadError } from "../errors.js";
import { Body, KeptBody } from "./body.js";
import { hasFileSystem } from "./host.js";
import { sleep } from "./in-flight.js";
import { checkPath, publicUrl } from "./paths.js";
import { bodyLength, contentRange, discard, parseSize, plainEtag, statusError, type Subject, Transient, unreachable } from "./response.js";
import type { FileStat } from "./types.js";

/** Waits between attempts, in milliseconds; so many more attempts follow one that brought nothing. */
export const RETRY_DELAYS: readonly number[] = [250, 1000, 2500];

/** An attempt that brought this many bytes before it broke off starts the count of attempts anew. */
const PROGRESS = 64 * 1024;

/** The largest body that is read only to learn its length, from a server that tells it in no other way. */
const MAX_COUNTED = 256 * 1024 * 1024;

/** A file on a server. */
export interface RemoteFile extends FileStat {
  /** Whether the server sends parts of it; a `200` to a request for a part makes it false. */
  ranges: boolean;
  /** Whether `etag` is the content's SHA-256. */
  readonly hashed?: boolean;
}

/** What a first request tells. */
export interface Probe {
  /** Null if there is no such file. */
  readonly file: RemoteFile | null;
  /** The commit that the server read from, if it is a hub. */
  readonly commit: string | undefined;
}

export interface RemoteOptions {
  /** For messages. */
  readonly name: string;
  /** A file's address; null if there is no such file. */
  readonly urlOf: (path: string) => URL | null;
  /** Whether the server speaks the hub's protocol. */
  readonly hub: boolean;
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly delays?: readonly number[];
  /** See {@link Body}. */
  readonly stallMs?: number;
}

interface Request {
  readonly method?: "GET" | "HEAD";
  readonly range?: string;
  readonly accept?: string;
  readonly redirect?: RequestRedirect;
  /** Leaves the token out. */
  readonly anonymous?: boolean;
}

/** Files behind HTTP, in exact pieces: broken transfers are taken up where they broke, and what a server claims is checked. */
export class Remote {
  readonly #options: RemoteOptions;
  readonly #fetch: typeof fetch;
  readonly #kept = new Map<string, KeptBody>();
  /** By path and by who answered: the last validator, to notice a file that changes while it is read. */
  readonly #validators = new Map<string, string>();

  constructor(options: RemoteOptions) {
    this.#options = options;
    // Called without a receiver, and looked up late, so that a replaced global counts.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /**
   * Asks for one byte rather than with HEAD: caches in between keep a range's headers (total, strong ETag), not always those
   * of a HEAD. The hub is asked as `@huggingface/hub` does in `fileDownloadInfo`, whose Accept header makes it tell size, hash
   * and commit of a large file itself, in headers that a browser may read, instead of sending us on to its storage. That
   * library is not used here: it takes no signal, needs a server with ranges, and adds 8 kB gzipped to every page.
   *
   * @param patient whether to try again; not where something else can stand in
   */
  async probe(path: string, signal: AbortSignal | undefined, patient = true): Promise<Probe> {
    const subject = this.#subject(path);
    if (subject === null) return { file: null, commit: undefined };
    const delays = patient ? undefined : [];
    return this.#persist(signal, () => 0, () => this.#probeOnce(subject, signal), delays);
  }

  /** Bytes `[begin, end)`; the caller keeps them few. */
  async fetch(path: string, file: RemoteFile, begin: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(end - begin);
    let filled = 0;
    const pour = async (body: Body): Promise<void> => {
      while (filled < bytes.length) {
        const missing = begin + filled - body.position;
        const chunk = await body.next(missing > 0 ? missing : bytes.length - filled);
        if (chunk === null) throw this.#short(path, body.position, end);
        if (missing > 0) continue;
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
    };
    await this.#persist(
      signal,
      () => filled,
      async () => {
        if (filled === bytes.length) return;
        if (!file.ranges) return this.#keptBody(path, file).use(begin + filled, signal, pour);
        const body = await this.#open(path, file, begin + filled, end, signal);
        try {
          await pour(body);
        } finally {
          body.cancel();
        }
      },
    );
    return bytes;
  }

  async #persist<T>(signal: AbortSignal | undefined, progress: () => number, attempt: () => Promise<T>, delays = this.#options.delays ?? RETRY_DELAYS): Promise<T> {
    for (let failures = 0; ; ) {
      const before = progress();
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Transient)) throw error;
        if (progress() - before >= PROGRESS) failures = 0;
        const delay = delays[failures++];
        if (delay === undefined) throw error.error;
        // Spread, so that parallel requests that failed together do not come back together.
        await sleep(Math.max(delay * (0.75 + Math.random() / 2), error.wait), signal);
      }
    }
  }

  #subject(path: string): Subject | null {
    checkPath(path);
    const url = this.#options.urlOf(path);
    return url === null ? null : { source: this.#options.name, path, url };
  }

  /** One request. `fetch` itself drops the Authorization header where a redirect leaves the origin. */
  async #request(subject: Subject, signal: AbortSignal | undefined, request: Request): Promise<Response> {
    const { method = "GET", redirect = "follow", anonymous = false } = request;
    const headers: Record<string, string> = {};
    if (request.range !== undefined) headers["Range"] = `bytes=${request.range}`;
    if (request.accept !== undefined) headers["Accept"] = request.accept;
    if (this.#options.token !== undefined && !anonymous) headers["Authorization"] = `Bearer ${this.#options.token}`;
    const call = this.#fetch;
    try {
      return await call(subject.url, { method, headers, redirect, signal: signal ?? null });
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(subject, cause);
    }
  }

  async #probeOnce(subject: Subject, signal: AbortSignal | undefined): Promise<Probe> {
    const { response, commit, linked } = await this.#locate(subject, signal);
    try {
      if (linked !== undefined) return { file: linked, commit };
      if (response.status === 416 && /^bytes \*\/0$/.test(response.headers.get("content-range") ?? "")) {
        return { file: this.#file(response, 0, true), commit };
      }
      if (this.#isAbsent(response, subject.path, commit)) return { file: null, commit };
      if (!response.ok) throw statusError(subject, response);
      this.#checkValidator(subject, response);
      if (response.status === 206) return { file: this.#file(response, await this.#total(subject, response, signal), true), commit };
      return { file: this.#file(response, bodyLength(response) ?? (await this.#count(subject, response)), false), commit };
    } finally {
      discard(response);
    }
  }

  /** Follows redirects by hand where that can be done, as only the hub's own answer has the hash of a large file. */
  async #locate(subject: Subject, signal: AbortSignal | undefined): Promise<{ response: Response; commit?: string; linked?: RemoteFile }> {
    if (!this.#options.hub) return { response: await this.#request(subject, signal, { range: "0-0" }) };
    const redirect = hasFileSystem() ? "manual" : "follow";
    const accept = "application/vnd.xet-fileinfo+json, */*";
    let commit: string | undefined;
    let here = subject;
    for (let hops = 0; ; hops++) {
      let response = await this.#request(here, signal, { range: "0-0", accept, redirect });
      commit ??= commitOf(response);
      const linked = linkedFile(response);
      if (linked !== undefined) return { response, linked, ...(commit && { commit }) };
      const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
      if (location === null) return { response, ...(commit && { commit }) };
      discard(response);
      if (hops === 5) throw new LoadError(`too many redirects for "${subject.path}" of ${subject.source}`, { details: { file: subject.path } });
      const url = new URL(location, here.url);
      if (url.origin !== here.url.origin) {
        response = await this.#request({ ...subject, url }, signal, { range: "0-0", anonymous: true });
        return { response, ...(commit && { commit }) };
      }
      here = { ...subject, url };
    }
  }

  #file(response: Response, size: number, ranges: boolean): RemoteFile {
    const etag = plainEtag(response.headers.get("etag")) ?? response.headers.get("last-modified") ?? undefined;
    return { size, ranges, ...(etag !== undefined && { etag }) };
  }

  #isAbsent(response: Response, path: string, commit: string | undefined): boolean {
    if (response.status === 404 || response.status === 410) {
      const code = response.headers.get("x-error-code");
      return this.#options.hub ? code === "EntryNotFound" || (code === null && commit !== undefined) : true;
    }
    // Servers of single-page applications answer every unknown path with their page.
    return !this.#options.hub && response.ok && !/\.html?$/.test(path) && (response.headers.get("content-type") ?? "").startsWith("text/html");
  }

  async #total(subject: Subject, response: Response, signal: AbortSignal | undefined): Promise<number> {
    const total = contentRange(response)?.total;
    if (total !== undefined) return total;
    // A server of another origin may hide Content-Range from a page, but not Content-Length.
    const head = await this.#request(subject, signal, { method: "HEAD" });
    const length = head.ok ? bodyLength(head) : undefined;
    if (length !== undefined) return length;
    const message = `the server does not tell the size of "${subject.path}" of ${subject.source}; it must send Content-Range, and expose it to other origins`;
    throw new LoadError(message, { details: { file: subject.path, status: response.status, url: publicUrl(subject.url) } });
  }

  async #count(subject: Subject, response: Response): Promise<number> {
    if (response.body === null) return 0;
    const body = new Body(response.body, 0, (cause) => this.#dropped(subject, 0, cause));
    while ((await body.next(Infinity)) !== null) {
      if (body.position <= MAX_COUNTED) continue;
      body.cancel();
      const message = `the server tells neither the size of "${subject.path}" of ${subject.source} nor sends parts of it, and it is too large to do without`;
      throw new LoadError(message, { details: { file: subject.path, status: response.status } });
    }
    return body.position;
  }

  #keptBody(path: string, file: RemoteFile): KeptBody {
    let kept = this.#kept.get(path);
    if (kept === undefined) this.#kept.set(path, (kept = new KeptBody((signal) => this.#open(path, file, 0, file.size, signal))));
    return kept;
  }

  async #open(path: string, file: RemoteFile, begin: number, end: number, signal: AbortSignal | undefined): Promise<Body> {
    const subject = this.#subject(path);
    if (subject === null) throw new InputError(`no file "${path}"`);
    const response = await this.#request(subject, signal, { range: `${begin}-${end - 1}` });
    try {
      const position = this.#checkAnswer(subject, response, file, begin, end);
      if (response.body === null) throw this.#short(path, position, end);
      return new Body(response.body, position, (cause) => this.#dropped(subject, begin, cause), this.#options.stallMs);
    } catch (error) {
      discard(response);
      throw error;
    }
  }

  /** Where in the file the body begins. */
  #checkAnswer(subject: Subject, response: Response, file: RemoteFile, begin: number, end: number): number {
    if (response.status !== 200 && response.status !== 206) throw statusError(subject, response);
    this.#checkValidator(subject, response);
    if (response.status === 200) {
      file.ranges = false;
      if ((bodyLength(response) ?? file.size) !== file.size) throw this.#changed(subject, response);
      return 0;
    }
    const range = contentRange(response);
    const hidden = response.type === "cors" && response.headers.get("content-range") === null;
    if (hidden) return begin;
    if (range?.total !== undefined && range.total !== file.size) throw this.#changed(subject, response);
    if (range === undefined || range.begin !== begin || range.end > end || range.end <= begin) {
      const got = response.headers.get("content-range") ?? "no Content-Range";
      const message = `the server sent other bytes of "${subject.path}" of ${subject.source} than asked for: ${got} instead of bytes ${begin}-${end - 1} (HTTP 206); it or a proxy is at fault`;
      throw new LoadError(message, { details: { file: subject.path, status: 206, url: publicUrl(subject.url) } });
    }
    return begin;
  }

  #checkValidator(subject: Subject, response: Response): void {
    const etag = response.headers.get("etag");
    const validator = etag !== null && !etag.startsWith("W/") ? etag : response.headers.get("last-modified");
    if (validator === null) return;
    const origin = URL.canParse(response.url) ? new URL(response.url).origin : "";
    const key = `${subject.path}\n${origin}\n${response.headers.get("content-encoding") ?? ""}`;
    const before = this.#validators.get(key);
    if (before !== undefined && before !== validator) throw this.#changed(subject, response);
    this.#validators.set(key, validator);
  }

  #changed({ source, path, url }: Subject, response: Response): LoadError {
    const message = `"${path}" of ${source} changed while it was being read (HTTP ${response.status}); load again`;
    return new LoadError(message, { details: { file: path, status: response.status, url: publicUrl(url), changed: true } });
  }

  #short(path: string, position: number, end: number): Transient {
    const message = `the body of "${path}" of ${this.#options.name} ended at byte ${position} of ${end}; load again`;
    return new Transient(new LoadError(message, { details: { file: path, received: position, expected: end } }));
  }

  #dropped({ source, path, url }: Subject, begin: number, cause: unknown): Transient {
    const message = `the connection broke while "${path}" of ${source} was read, in a request from byte ${begin}; check the network and load again`;
    return new Transient(new LoadError(message, { cause, details: { file: path, url: publicUrl(url), offline: true } }));
  }
}

/** What the hub itself says of a large file. */
function linkedFile(response: Response): RemoteFile | undefined {
  if (response.status >= 400) return undefined;
  const size = parseSize(response.headers.get("x-linked-size"));
  const etag = plainEtag(response.headers.get("x-linked-etag"));
  if (size === undefined || etag === undefined) return undefined;
  return { size, etag, ranges: true, hashed: /^[0-9a-f]{64}$/.test(etag) };
}

function commitOf(response: Response): string | undefined {
  const header = response.headers.get("x-repo-commit");
  if (header !== null && /^[0-9a-f]{40}$/.test(header)) return header;
  // The hub redirects small files to an address that names the commit.
  return /\/api\/resolve-cache\/models\/[^/]+\/[^/]+\/([0-9a-f]{40})\//.exec(response.url)?.[1];
}
