/** The REST call that makes the same push, for a shell. */
export function curl(origin: string, call: { path: string; body: Record<string, unknown> }): string {
  const members = Object.entries(call.body).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`);
  return [
    `curl -u ACCESS_ID:SECRET_KEY ${origin}${call.path}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(`{\n${members.join(",\n")}\n}`)}`,
  ].join(" \\\n  ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
