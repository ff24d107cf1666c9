import { Button } from "antd";
import { Component, type PropsWithChildren } from "react";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { EmptyState } from "./EmptyState";

/** What shows when our own code failed: words and a way on, never a white page. */
export class ErrorBoundary extends Component<PropsWithChildren, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error ? <Failure error={this.state.error} /> : this.props.children;
  }
}

/** The same for what fails inside a route; the shell around it stays. */
export function RouteFailure() {
  return <Failure error={useRouteError()} />;
}

function Failure({ error }: { error: unknown }) {
  const { t } = useTranslation("shell");
  const outdated = String(error).includes("dynamically imported module");
  const again = (
    <Button type="primary" onClick={() => window.location.reload()}>
      {t("failure.reload")}
    </Button>
  );
  return (
    <EmptyState level={1} title={t(outdated ? "failure.outdated" : "failure.title")} action={again}>
      <p>{t(outdated ? "failure.outdatedHelp" : "failure.help")}</p>
      {!outdated && <pre className="failure-text">{String(error)}</pre>}
    </EmptyState>
  );
}
