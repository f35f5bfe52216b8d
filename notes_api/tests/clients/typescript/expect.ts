/** Fails the scenario unless the values are equal. */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
  }
}

/** Returns the value, which the types say can be missing. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value == null) {
    throw new Error("a value is missing");
  }
  return value;
}

export const PASSWORD = "a long quiet walk 7";
export const [url, email] = process.argv.slice(2) as [string, string];
