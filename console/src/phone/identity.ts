/**
 * Which of the browser's virtual phones a tab is.
 *
 * Phones are numbered for each application, and kept in localStorage. A tab holds the lock of its number while it is open,
 * so a second tab is a second phone, and the browser's next visit finds the first one again.
 */

const MOST = 50;
const RELOAD_MILLISECONDS = 1000;

export interface Identity {
  number: number;
  /** Of everything this phone keeps in localStorage. */
  prefix: string;
  release: () => void;
}

export async function claim(accessId: number): Promise<Identity> {
  const own = Number(sessionStorage.getItem(name(accessId))) || 0;
  const release = own ? await hold(accessId, own, AbortSignal.timeout(RELOAD_MILLISECONDS)) : undefined;
  const [number, free] = release ? [own, release] : await firstFree(accessId);
  sessionStorage.setItem(name(accessId), String(number));
  return { number, prefix: `${name(accessId)}.${number}.`, release: free };
}

async function firstFree(accessId: number): Promise<[number, () => void]> {
  if (!navigator.locks) return [unused(accessId), () => {}];
  for (let number = 1; number <= MOST; number++) {
    const release = await hold(accessId, number);
    if (release) return [number, release];
  }
  throw new Error(`${MOST} virtual phones of this application are open`);
}

/** Without locks (the page came over plain HTTP from afar) no tab can know of another: each is a phone of its own. */
function unused(accessId: number): number {
  let number = 1;
  while (Object.keys(localStorage).some((key) => key.startsWith(`${name(accessId)}.${number}.`))) number++;
  return number;
}

/** Hold a number's lock; undefined: another tab does. With a signal: wait for it until then, as a reload must. */
function hold(accessId: number, number: number, signal?: AbortSignal): Promise<(() => void) | undefined> {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const options: LockOptions = signal ? { signal } : { ifAvailable: true };
    navigator.locks
      .request(`${name(accessId)}.${number}`, options, (lock) => {
        if (!lock) resolve(undefined);
        return lock ? new Promise<void>((release) => resolve(release)) : undefined;
      })
      .catch(() => resolve(undefined));
  });
}

function name(accessId: number): string {
  return `rockdove.phone.${accessId}`;
}
