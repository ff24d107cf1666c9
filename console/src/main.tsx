import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./shell/Console";
import { startLanguage } from "./shell/language";
import "./styles.css";

startLanguage().then(() => {
  const root = document.getElementById("root");
  if (root)
    createRoot(root).render(
      <StrictMode>
        <Console />
      </StrictMode>,
    );
});
