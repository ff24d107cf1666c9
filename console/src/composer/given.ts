/** Members of unknown JSON, read as what they should be. */
export class Given {
  private readonly members: Record<string, unknown>;

  constructor(value: unknown) {
    this.members = value && typeof value === "object" ? (value as Record<string, unknown>) : {};
  }

  inner(name: string): Given {
    return new Given(this.members[name]);
  }

  list(name: string): Given[] {
    const value = this.members[name];
    return Array.isArray(value) ? value.map((one) => new Given(one)) : [];
  }

  texts(name: string): string[] {
    const value = this.members[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  numbers(name: string): number[] {
    const value = this.members[name];
    return Array.isArray(value) ? value.filter((one) => typeof one === "number") : [];
  }

  text(name: string): string {
    const value = this.members[name];
    return typeof value === "string" ? value : "";
  }

  number(name: string): number | undefined {
    const value = this.members[name];
    return typeof value === "number" ? value : undefined;
  }

  is(name: string): boolean {
    return this.members[name] === true;
  }
}
