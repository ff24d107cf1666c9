import type { ReactNode } from "react";
import { useTitle } from "./useTitle";

interface Props {
  title: string;
  /** One line: what one does here. */
  help?: ReactNode;
  /** Buttons, at the right; below on a phone. */
  actions?: ReactNode;
}

/** Every page begins with it: the page's only h1, also the title of the tab. */
export function PageHeader({ title, help, actions }: Props) {
  useTitle(title);
  return (
    <header className="page-header">
      <div>
        <h1 className="page-title">{title}</h1>
        {help && <p className="page-help">{help}</p>}
      </div>
      {actions && <div className="page-actions">{actions}</div>}
    </header>
  );
}
