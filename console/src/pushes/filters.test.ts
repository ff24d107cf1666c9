import { expect, test } from "vitest";
import { addressOf, type Filters, filtersOf, isFiltered, queryOf } from "./filters";
import { meaning, statesOf, WORDS } from "./states";

const BARE: Filters = { tab: "web", status: [], target: [], search: "" };

function read(address: string): Filters {
  return filtersOf(new URLSearchParams(address));
}

test.each([
  "",
  "tab=api",
  "status=sending%2Cpaused&target=package&type=message&plan=12&package=7&q=50%25+off",
  "plan=0",
])("the address says it all: %s", (address) => {
  expect(addressOf(read(address)).toString()).toBe(address);
});

test("what an address can't mean is left out", () => {
  expect(read("tab=x&status=PUSH_WAIT,bogus&target=&type=loud&package=-1")).toEqual(BARE);
  expect(isFiltered(read("tab=api"))).toBe(false);
  expect(isFiltered(read("plan=0"))).toBe(true);
});

test("words become what the API asks for", () => {
  const query = queryOf(read("status=scheduled,stopped&target=accounts,all&plan=0"));
  expect(query).toMatchObject({
    source: "web",
    state: ["PUSH_WAIT", "PUSH_DELETED_PUSH_MSG"],
    audience_type: ["account", "account_list", "all"],
    plan_id: "",
  });
});

test("every state but the deleted one can be filtered by", () => {
  const states = statesOf(WORDS);
  expect(states).toHaveLength(10);
  expect(states.map((state) => meaning(state).word).sort()).toEqual([...WORDS].sort());
});
