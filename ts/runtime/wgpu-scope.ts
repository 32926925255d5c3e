/**
 * The wasm looks for WebGPU in a window's or a worker's scope, and Node and Deno's main thread have neither name.
 * Gives them one for as long as the search takes; the returned function removes it again.
 */
export function lendWorkerScope(): () => void {
  const scope = globalThis as { Window?: unknown; WorkerGlobalScope?: unknown };
  if (scope.Window !== undefined || scope.WorkerGlobalScope !== undefined) return () => undefined;
  const standIn = class WorkerGlobalScope {
    static [Symbol.hasInstance](value: unknown): boolean {
      return value === globalThis;
    }
  };
  Object.defineProperty(scope, "WorkerGlobalScope", { value: standIn, configurable: true, writable: true });
  return () => {
    if (scope.WorkerGlobalScope === standIn) delete scope.WorkerGlobalScope;
  };
}
