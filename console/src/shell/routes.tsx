/** Every page by its address. A page is fetched when it is first shown; its folder is named after its noun. */
import { Spin } from "antd";
import type { ComponentType } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { RouteFailure } from "./ErrorBoundary";
import { AdministratorsOnly, ApplicationKnown, MembersOnly } from "./gates";
import { Layout } from "./Layout";
import { NotFound } from "./NotFound";

type PageModule = Promise<{ default: ComponentType }>;

function page(path: string, load: () => PageModule): RouteObject {
  return { path, errorElement: <RouteFailure />, lazy: async () => ({ Component: (await load()).default }) };
}

const notFound: RouteObject = { path: "*", element: <NotFound /> };

const ofApplication: RouteObject[] = [
  { index: true, element: <Navigate to="overview" replace /> },
  page("settings", () => import("../settings/Page")),
  page("pushes", () => import("../pushes/Page")),
  page("pushes/new", () => import("../composer/Page")),
  page("pushes/:pushId", () => import("../pushes/PushPage")),
  page("plans", () => import("../plans/Page")),
  page("plans/:planId", () => import("../plans/PlanPage")),
  page("packages", () => import("../packages/Page")),
  page("packages/:packageId", () => import("../packages/PackagePage")),
  page("overview", () => import("../overview/Page")),
  page("tags", () => import("../tags/Page")),
  page("troubleshooting", () => import("../devices/Page")),
  page("devices/:token", () => import("../devices/DevicePage")),
  page("phone", () => import("../phone/Page")),
  notFound,
];

const ofMembers: RouteObject[] = [
  { index: true, element: <Navigate to="/products" replace /> },
  page("products", () => import("../products/Page")),
  page("password", () => import("../session/PasswordPage")),
  {
    element: <AdministratorsOnly />,
    children: [page("members", () => import("../members/Page")), page("audit", () => import("../audit/Page"))],
  },
  { path: "apps/:accessId", element: <ApplicationKnown />, children: ofApplication },
  notFound,
];

export const router = createBrowserRouter(
  [
    {
      errorElement: <RouteFailure />,
      hydrateFallbackElement: <Spin fullscreen />,
      children: [
        page("login", () => import("../session/LogInPage")),
        page("setup", () => import("../session/SetupPage")),
        { element: <MembersOnly />, children: [{ element: <Layout />, children: ofMembers }] },
      ],
    },
  ],
  { basename: "/console" },
);
