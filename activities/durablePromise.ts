/**
 * What `ctx.elicit`, `ctx.sleep` and their like return: a promise that knows whether anybody still waits for it. The loser of a
 * `Promise.race` settles much later or never, and must neither suspend its call nor stop the call's clock. (`whoWaits.test.ts`)
 *
 * The language says nothing of who waits, but one can listen: `await p` and `Promise.race([p])` read `p.constructor` first, and a
 * combinator then calls `p.then` at once, with functions that it hands to all of its members. Where one of these has been called, the
 * others of that combinator are waited for no longer. An `async` function around `p` hides this: its `await` counts until `p` settles.
 */

/** Whoever waits: a combinator's functions, or the promise that a `then` of the author's has made. */
type Waiter =
  { readonly resolve: unknown; readonly reject: unknown } | { readonly then: DurablePromise<unknown> };

/** The combinators' functions that have been called: what they were given to is settled. */
const called = new WeakSet<object>();

const isOver = (fn: unknown): boolean => typeof fn === 'function' && called.has(fn);

/** Not the author's own functions, of which the same may be given to several promises. */
function calling<Fn>(fn: Fn): Fn {
  if (typeof fn !== 'function') return fn;
  return ((value: unknown) => {
    called.add(fn);
    return (fn as unknown as (value: unknown) => unknown)(value);
  }) as Fn;
}

export class DurablePromise<T> extends Promise<T> {
  private awaits = 0;
  private readonly waiters: Waiter[] = [];
  /** `constructor` was just read, by an `await` or by a combinator. */
  private touched = false;
  private inside = false;
  private whenWaitedFor: (() => void) | undefined;

  /** Of an operation; `whenWaitedFor` is called whenever somebody begins to wait for it. */
  static of<T>(operation: Promise<T>, whenWaitedFor: () => void): DurablePromise<T> {
    const promise = new DurablePromise<T>((resolve, reject) => {
      operation.then(resolve, reject);
    });
    promise.whenWaitedFor = whenWaitedFor;
    void promise.natively(undefined, () => undefined); // nobody may be waiting when its attempt ends
    return promise;
  }

  /** Whether its end would let any code go on. */
  get isWaitedFor(): boolean {
    return this.awaits > 0 || this.waiters.some(waits);
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const isCombinators = this.touched;
    this.touched = false;
    if (isCombinators) {
      this.awaits--;
      this.waiters.push({ resolve: onFulfilled, reject: onRejected });
      const settled = this.natively<A, B>(calling(onFulfilled), calling(onRejected));
      this.whenWaitedFor?.();
      return settled;
    }
    const next = this.natively<A, B>(onFulfilled, onRejected);
    const derived = new DurablePromise<A | B>((resolve, reject) => {
      next.then(resolve, reject);
    });
    derived.whenWaitedFor = this.whenWaitedFor;
    this.waiters.push({ then: derived });
    this.whenWaitedFor?.();
    return derived;
  }

  private natively<A, B>(
    onFulfilled: ((value: T) => A | PromiseLike<A>) | null | undefined,
    onRejected: ((reason: unknown) => B | PromiseLike<B>) | null | undefined,
  ): Promise<A | B> {
    this.inside = true;
    try {
      return super.then(onFulfilled, onRejected);
    } finally {
      this.inside = false;
    }
  }

  /** @internal of `constructor` below */
  static read(promise: DurablePromise<unknown>): void {
    if (promise.inside) return;
    promise.touched = true;
    promise.awaits++;
    promise.whenWaitedFor?.();
  }
}

const waits = (waiter: Waiter): boolean =>
  'then' in waiter
    ? !waiter.then['waiters'].length || waiter.then.isWaitedFor
    : !isOver(waiter.resolve) && !isOver(waiter.reject);

/** `Promise`, or `await` and the combinators would wrap it into a promise of their own, and tell it nothing. */
void Object.defineProperty(DurablePromise.prototype, 'constructor', {
  get(this: DurablePromise<unknown>) {
    DurablePromise.read(this);
    return Promise;
  },
});
