/**
 * The promise that `ctx.elicit`, `ctx.sleep` and the like return: it knows whether any code still awaits it.
 * The loser of a `Promise.race` settles much later or never, and must neither suspend its call nor stop the
 * call's clock. (`whoWaits.test.ts`)
 *
 * JavaScript has no API for this, but waiting leaves traces. `await p` and `Promise.race([p])` first read
 * `p.constructor`. A combinator then calls `p.then` at once, with resolving functions that it shares among all
 * of its members. Once one of these functions has been called, the other members of the combinator are no
 * longer awaited. An `async` function around `p` hides the combinator: its `await` counts until `p` settles.
 */

/**
 * One consumer of a promise: the resolving functions of a combinator, or the promise that a `then` call of the
 * author has made.
 */
type Waiter =
  { readonly resolve: unknown; readonly reject: unknown } | { readonly then: DurablePromise<unknown> };

/** The resolving functions that have been called: their combinators are settled. */
const calledFunctions = new WeakSet<object>();

const isOver = (fn: unknown): boolean => typeof fn === 'function' && calledFunctions.has(fn);

/**
 * Wraps a combinator's resolving function so that its call is noted. Not for functions of the author, which may
 * be given to several promises.
 */
function tracked<Fn>(fn: Fn): Fn {
  if (typeof fn !== 'function') return fn;
  return ((value: unknown) => {
    calledFunctions.add(fn);
    return (fn as unknown as (value: unknown) => unknown)(value);
  }) as Fn;
}

export class DurablePromise<T> extends Promise<T> {
  private awaits = 0;
  private readonly waiters: Waiter[] = [];
  /** `constructor` was just read: by an `await`, or by a combinator that will call `then`. */
  private constructorRead = false;
  private insideNativeThen = false;
  private onAwaited: (() => void) | undefined;

  /** Wraps `operation`. `onAwaited` is called whenever code begins to await the promise. */
  static of<T>(operation: Promise<T>, onAwaited: () => void): DurablePromise<T> {
    const promise = new DurablePromise<T>((resolve, reject) => {
      operation.then(resolve, reject);
    });
    promise.onAwaited = onAwaited;
    void promise.nativeThen(undefined, () => undefined); // no unhandled rejection if no code awaits it
    return promise;
  }

  /** Whether any code would continue when the promise settles. */
  get isWaitedFor(): boolean {
    return this.awaits > 0 || this.waiters.some(isActive);
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const isCombinators = this.constructorRead;
    this.constructorRead = false;
    if (isCombinators) {
      this.awaits--;
      this.waiters.push({ resolve: onFulfilled, reject: onRejected });
      const settled = this.nativeThen<A, B>(tracked(onFulfilled), tracked(onRejected));
      this.onAwaited?.();
      return settled;
    }
    const next = this.nativeThen<A, B>(onFulfilled, onRejected);
    const derived = new DurablePromise<A | B>((resolve, reject) => {
      next.then(resolve, reject);
    });
    derived.onAwaited = this.onAwaited;
    this.waiters.push({ then: derived });
    this.onAwaited?.();
    return derived;
  }

  private nativeThen<A, B>(
    onFulfilled: ((value: T) => A | PromiseLike<A>) | null | undefined,
    onRejected: ((reason: unknown) => B | PromiseLike<B>) | null | undefined,
  ): Promise<A | B> {
    this.insideNativeThen = true;
    try {
      return super.then(onFulfilled, onRejected);
    } finally {
      this.insideNativeThen = false;
    }
  }

  /** @internal Called by the `constructor` getter below. */
  static read(promise: DurablePromise<unknown>): void {
    if (promise.insideNativeThen) return;
    promise.constructorRead = true;
    promise.awaits++;
    promise.onAwaited?.();
  }
}

const isActive = (waiter: Waiter): boolean =>
  'then' in waiter
    ? !waiter.then['waiters'].length || waiter.then.isWaitedFor
    : !isOver(waiter.resolve) && !isOver(waiter.reject);

/**
 * Returns `Promise`: otherwise `await` and the combinators would wrap the promise into another one, and never
 * call its `then`.
 */
void Object.defineProperty(DurablePromise.prototype, 'constructor', {
  get(this: DurablePromise<unknown>) {
    DurablePromise.read(this);
    return Promise;
  },
});
