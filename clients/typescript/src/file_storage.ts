import { readFile, rename, writeFile } from "node:fs/promises";

import type { Storage } from "./storage.js";

/**
 * For Node: a JSON file that only its owner may read; replaced as a whole, so that a crash leaves the old or the new one.
 * A file holds one device: the key is not looked at.
 */
export class FileStorage implements Storage {
  constructor(private readonly path: string) {}

  async getItem(_key: string): Promise<string | null> {
    try {
      return await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  async setItem(_key: string, value: string): Promise<void> {
    await writeFile(`${this.path}.new`, value, { mode: 0o600 });
    await rename(`${this.path}.new`, this.path);
  }
}
