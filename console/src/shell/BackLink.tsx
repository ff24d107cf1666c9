import { LeftOutlined } from "@ant-design/icons";
import type { PropsWithChildren } from "react";
import { Link } from "react-router";

/** Above the title of a page that lies below another: to the list it came from. */
export function BackLink({ to, children }: PropsWithChildren<{ to: string }>) {
  return (
    <Link to={to} className="back">
      <LeftOutlined aria-hidden /> {children}
    </Link>
  );
}
