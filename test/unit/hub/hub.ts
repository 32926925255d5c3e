import { createHash } from "node:crypto";
import { FileServer } from "./server.ts";

export const COMMIT = "a".repeat(40);
export const ID = "owner/name";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
export const gitHash = (bytes: Uint8Array): string => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/**
 * A hub as the real one answers: small files after a redirect on its own host, large ones on another host, with commit, hash and
 * size in headers.
 */
export class FakeHub {
  private constructor(
    readonly server: FileServer,
    readonly storage: FileServer,
  ) {}

  commit = COMMIT;
  /** Paths that are kept on the other host. */
  readonly large = new Set<string>();
  readonly files = new Map<string, Buffer>();
  /** Whether the hub tells of large files by itself when asked for it, or redirects in any case. */
  tellsOfLarge = true;
  token: string | undefined;

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub(await FileServer.start(), await FileServer.start());
    hub.server.before = (request, response) => {
      const url = new URL(request.url!, hub.server.url);
      const match = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
      if (match === null) return false;
      const [, id, revision, encoded] = match;
      const path = decodeURIComponent(encoded!);
      const refuse = (status: number, code: string): true => {
        response.writeHead(status, { "x-error-code": code, "x-error-message": code, ...(code === "EntryNotFound" && { "x-repo-commit": hub.commit }) }).end();
        return true;
      };
      if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) return refuse(401, "GatedRepo");
      if (id !== ID) return refuse(401, "RepoNotFound");
      if (revision !== "main" && revision !== hub.commit) return refuse(404, "RevisionNotFound");
      const file = hub.files.get(path);
      if (file === undefined) return refuse(404, "EntryNotFound");
      const headers: Record<string, string> = { "x-repo-commit": hub.commit };
      if (!hub.large.has(path)) {
        response.writeHead(307, { ...headers, location: `/api/resolve-cache/models/${ID}/${hub.commit}/${encoded}` }).end();
        return true;
      }
      headers["x-linked-size"] = String(file.length);
      headers["x-linked-etag"] = `"${sha256(file)}"`;
      if (hub.tellsOfLarge && request.headers.accept?.includes("xet-fileinfo")) {
        response.writeHead(200, { ...headers, "content-type": "application/vnd.xet-fileinfo+json", "x-xet-hash": "0".repeat(64), link: `<${hub.server.url}/r>; rel="xet-reconstruction-info", <${hub.server.url}/a>; rel="xet-auth"` });
        response.end("{}");
      } else {
        response.writeHead(302, { ...headers, location: `${hub.storage.url}/${encoded}?signature=1` }).end();
      }
      return true;
    };
    hub.server.headers = (path) => {
      const name = path.split(`/${hub.commit}/`)[1] ?? "";
      const file = hub.files.get(name);
      return { "x-repo-commit": hub.commit, ...(file && { etag: `"${gitHash(file)}"` }) };
    };
    return hub;
  }

  add(path: string, bytes: Buffer | string, large = false): Buffer {
    const file = Buffer.from(bytes as string);
    this.files.set(path, file);
    if (large) {
      this.large.add(path);
      this.storage.files.set(`/${path}`, file);
    } else {
      this.server.files.set(`/api/resolve-cache/models/${ID}/${this.commit}/${path}`, file);
    }
    return file;
  }

  /** Requests to either host. */
  get requests(): number {
    return this.server.seen.length + this.storage.seen.length;
  }

  forget(): void {
    this.server.seen.length = this.storage.seen.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.storage.stop()]);
  }
}
