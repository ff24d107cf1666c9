import { expect, test } from "vitest";
import type { Application, Product } from "../api/products";
import { matching } from "./matching";

function application(access_id: number, name: string): Application {
  return { access_id, name, platform: "android", role: "operator", disabled: false, timezone: "UTC" };
}

const BOOKS: Product = {
  product_id: 1,
  name: "Harbour Books",
  description: "",
  applications: [application(1500000001, "Shop"), application(1600000002, "Reader")],
};
const TIDES: Product = { product_id: 2, name: "Tides", description: "", applications: [] };

test("a product by its name comes with all it has", () => {
  expect(matching([BOOKS, TIDES], " harbour ")).toEqual([BOOKS]);
  expect(matching([BOOKS, TIDES], "")).toEqual([BOOKS, TIDES]);
});

test("an application by its name or its AccessID comes alone, in its product", () => {
  const [found] = matching([BOOKS, TIDES], "reader");
  expect(found?.applications.map(({ name }) => name)).toEqual(["Reader"]);
  expect(matching([BOOKS, TIDES], "15000000")[0]?.applications.map(({ name }) => name)).toEqual(["Shop"]);
  expect(matching([BOOKS, TIDES], "nothing of it")).toEqual([]);
});
