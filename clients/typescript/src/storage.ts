/**
 * Where a device keeps its state. localStorage and React Native's AsyncStorage are such storages as they are.
 * What is kept holds the device's secret.
 */
export interface Storage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
}

/** Forgets: a new device at each start. */
export class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
