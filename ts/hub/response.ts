import { LoadError } from "../errors.js";
import { publicUrl } from "./paths.js";

/** A failure that another attempt may not meet; `error` is what the caller gets when attempts run out. */
export class Transient extends Error {
  constructor(
    readonly error: LoadError,
    /** Milliseconds that the server asked to wait. */
    readonly wait = 0,
  ) {
    super(error.message);
  }
}

/** What a request is for, in words. */
export interface Subject {
  /** The source's name. */
  readonly source: string;
  readonly path: string;
  readonly url: URL;
}

/** The error of a request that got no answer. */
export function unreachable({ source, path, url }: Subject, cause: unknown): Transient {
  const message = `cannot reach ${url.host} for "${path}" of ${source}; check the network, or load from the cache with localFilesOnly`;
  return new Transient(new LoadError(message, { cause, details: { file: path, url: publicUrl(url), offline: true } }));
}

/** Whether an error says that there was no network or no server at work, so that a cached copy may stand in. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof LoadError && (error.details?.["offline"] === true || Number(error.details?.["status"]) >= 500);
}

/** The error of an answer with a status that gives no bytes. */
export function statusError(subject: Subject, response: Response): LoadError | Transient {
  const { source, path, url } = subject;
  const { status } = response;
  const code = response.headers.get("x-error-code") ?? undefined;
  const said = response.headers.get("x-error-message");
  const message = `${explain(source, path, status, code)} (HTTP ${status}${said === null ? "" : `: ${said.slice(0, 200)}`})`;
  const error = new LoadError(message, { details: { file: path, status, url: publicUrl(url), ...(code && { errorCode: code }) } });
  const temporary = status === 408 || status === 429 || status >= 500;
  return temporary ? new Transient(error, retryAfter(response)) : error;
}

function explain(source: string, path: string, status: number, code: string | undefined): string {
  const file = `"${path}" of ${source}`;
  if (code === "RevisionNotFound") return `${source} has no such revision; check the option "revision"`;
  if (code === "GatedRepo" || status === 403) {
    return `access to ${file} is refused; if the model is gated, accept its terms on its page and pass a token that may read it`;
  }
  if (status === 401 || code === "RepoNotFound") {
    return `${source} does not exist, or is private or gated and needs a token (option "token"; HF_TOKEN in Node and Deno); asked for "${path}"`;
  }
  if (status === 404 || status === 410) return `there is no ${file}; check the name`;
  if (status === 416) return `the server says that ${file} ends before the bytes asked for; it may have changed, so load again`;
  if (status === 429) return `too many requests: the server refuses ${file} for now; wait, or pass a token`;
  if (status >= 500) return `the server failed on ${file}; try again later`;
  return `the server gave no ${file}`;
}

/** The longest wait that a server can ask for. */
const MAX_WAIT = 60_000;

function retryAfter(response: Response): number {
  const header = response.headers.get("retry-after");
  if (header === null) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Math.min(Math.max(wait || 0, 0), MAX_WAIT);
}

/** Ends a body that nobody reads, so that its connection is free. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

/** The length of the body as it will be read: unknown if it is compressed on the way. */
export function bodyLength(response: Response): number | undefined {
  const encoding = response.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") return undefined;
  return parseSize(response.headers.get("content-length"));
}

/** `bytes 0-9/100`, or a range of a known or unknown total. */
export function contentRange(response: Response): { begin: number; end: number; total: number | undefined } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  if (match === null) return undefined;
  const [begin, last, total] = [Number(match[1]), Number(match[2]), parseSize(match[3])];
  return Number.isSafeInteger(begin) && Number.isSafeInteger(last) ? { begin, end: last + 1, total } : undefined;
}

/** A size from a header. */
export function parseSize(text: string | null | undefined): number | undefined {
  const size = text != null && /^\d+$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The tag between the quotes, as the hub's own clients name files by it. */
export function plainEtag(header: string | null): string | undefined {
  return header?.replace(/^W\//, "").replace(/^"|"$/g, "") || undefined;
}
