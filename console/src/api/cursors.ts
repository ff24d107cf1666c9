/** Where a reader is in a list that goes on with `before` = the last row's id. The first page has no cursor. */
export type Cursor = string | number;

export interface Cursors {
  /** How one came here: the cursor of every page after the first. */
  readonly trail: readonly Cursor[];
}

export const FIRST: Cursors = { trail: [] };

export function current(cursors: Cursors): Cursor | undefined {
  return cursors.trail.at(-1);
}

export function older(cursors: Cursors, last: Cursor): Cursors {
  return { trail: [...cursors.trail, last] };
}

export function newer(cursors: Cursors): Cursors {
  return { trail: cursors.trail.slice(0, -1) };
}

/** One row more than shown was asked for: it tells whether there is another page, and is not shown. */
export function cut<Row>(asked: readonly Row[], shown: number): { rows: Row[]; more: boolean } {
  return { rows: asked.slice(0, shown), more: asked.length > shown };
}
